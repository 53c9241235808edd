"""Tests of `api.accounts`."""
