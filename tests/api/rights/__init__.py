"""Tests of who may do and see what: every operation, every reader, every way to learn something."""
