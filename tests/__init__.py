"""The tests: the source tree again, plus contracts, fakes, end-to-end and conformance tests."""
