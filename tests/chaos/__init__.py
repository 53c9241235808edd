"""Kills ingesting processes and damages their files. Short in the suite, long as `make chaos`."""
