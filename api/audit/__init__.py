"""The audit log: who did what, appended only, each entry with the hash of the one before."""
