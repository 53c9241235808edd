"""Guesses the character encoding of text that is neither UTF-8 nor UTF-16."""

import chardet
from chardet import EncodingEra

# Enough to tell encodings apart; the detector's cost grows with the length.
SAMPLE_BYTES = 64 * 1024
# In a script other than Latin most letters are outside ASCII.
_FEWEST_FOREIGN = 0.4
_OTHER_SCRIPTS = frozenset({"windows-1251", "windows-1253", "windows-1255", "windows-1256", "koi8-r", "koi8-u"})
_WESTERN = "windows-1252"


def guess_encoding(content: bytes) -> str | None:
    """The name of the likeliest encoding, None if it does not look like text at all."""
    sample = content[:SAMPLE_BYTES]
    guess = chardet.detect(sample, encoding_era=EncodingEra.MODERN_WEB)
    encoding = guess["encoding"]
    if encoding is None:
        return None
    foreign = sum(byte >= 0x80 for byte in sample)
    letters = foreign + sum(chr(byte).isalpha() for byte in sample if byte < 0x80)
    if str(encoding).lower() in _OTHER_SCRIPTS and foreign < _FEWEST_FOREIGN * letters:
        return _WESTERN
    return str(encoding)
