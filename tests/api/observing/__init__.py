"""Tests of api.observing."""
