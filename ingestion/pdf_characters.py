"""Turns the characters a PDF font yields into the characters a reader would type."""

import re
import unicodedata

# Bullets of the Symbol and Wingdings fonts arrive as private-use characters.
_PRIVATE_BULLETS = dict.fromkeys(
    [0xF020 + offset for offset in (0x4C, 0x4F, 0x56, 0x57, 0x58, 0x6E, 0x6F, 0x71, 0x76, 0x87, 0x88, 0x97, 0xB4, 0xB8)]
    + [0xF0A7, 0xF0A8, 0xF0B7, 0xF0D8, 0xF0DF, 0xF0E0, 0xF0E8, 0xF0FC],
    "•",
)
_DROPPED = dict.fromkeys(
    [*range(0x00, 0x20), *range(0x7F, 0xA0), 0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF]
)
_TABLE: dict[int, str | None] = {**_DROPPED, **_PRIVATE_BULLETS}
_PRESENTATION_FORM = re.compile("[\ufb00-\ufdff\ufe70-\ufefc]")


def readable(characters: str) -> str:
    """Ligatures spelt out, accents composed, soft hyphens, zero-width and control characters gone."""
    if characters.isascii() and characters.isprintable():
        return characters
    kept = characters.translate(_TABLE)
    spelt = _PRESENTATION_FORM.sub(lambda form: unicodedata.normalize("NFKC", form.group()), kept)
    return unicodedata.normalize("NFC", spelt)


def is_set_without_spaces(character: str) -> bool:
    """Chinese and Japanese: a line of such characters is many words."""
    return (
        "\u3040" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u4dbf"
        or "\u4e00" <= character <= "\u9fff"
        or "\uf900" <= character <= "\ufaff"
        or "\U00020000" <= character <= "\U0003134f"
        or "\u3001" <= character <= "\u3011"
        or "\uff01" <= character <= "\uff65"
    )
