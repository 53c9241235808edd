"""Puts documents into the corpus: type detection, parsing in a limited child, chunking and the ingest flow."""
