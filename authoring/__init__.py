"""Writes courses from the corpus. Empty until courses exist; the layer's place in the import order is already held."""
