"""Guesses the character encoding of text that is neither UTF-8 nor UTF-16."""

import chardet

# Enough to tell encodings apart; the detector's cost grows with the length.
SAMPLE_BYTES = 64 * 1024


def guess_encoding(content: bytes) -> str | None:
    """The name of the likeliest encoding, None if it does not look like text at all."""
    guess = chardet.detect(content[:SAMPLE_BYTES])
    encoding = guess["encoding"]
    return str(encoding) if encoding is not None else None
