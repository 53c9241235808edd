"""Measures retrieval, citations, abstention and latency on labelled sets, with confidence intervals."""
