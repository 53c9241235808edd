"""Measures Groundwork beside a plain llama-index pipeline, in one run on one machine."""
