"""Makers of the sample documents, one for each format that is not plain text."""
