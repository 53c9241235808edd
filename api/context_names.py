"""Names of headers and cookies that server and client share."""

COOKIE = "groundwork_as"
HEADER = "X-Groundwork-As"
"""The user on whose behalf to read, percent-encoded."""

TOKEN_HEADER = "X-Groundwork-Token"  # noqa: S105 - the header's name, not a token
"""Proves that the caller can read the data folder."""
