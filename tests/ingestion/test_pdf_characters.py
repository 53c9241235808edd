"""Characters of PDF fonts."""

import pytest

from ingestion.pdf_characters import is_set_without_spaces, readable


@pytest.mark.parametrize(
    ("characters", "shown"),
    [
        ("plain", "plain"),
        ("o\ufb03ce", "office"),
        ("\ufb01rst", "first"),
        ("so\u00adft", "soft"),
        ("ze\u200bro\ufeff", "zero"),
        ("be\x07ll", "bell"),
        ("Ko\u0308ln", "K\u00f6ln"),
        ("\uf0b7", "\u2022"),
        ("\uf0a7", "\u2022"),
        ("\ufefb", "\u0644\u0627"),
        ("\u0646\u200c\u0627", "\u0646\u200c\u0627"),
        ("x\u00b2", "x\u00b2"),
        ("\u2082", "\u2082"),
    ],
)
def test_what_a_font_yields_becomes_what_a_reader_would_type(characters: str, shown: str) -> None:
    assert readable(characters) == shown


def test_chinese_and_japanese_are_set_without_spaces_and_korean_is_not() -> None:
    assert all(is_set_without_spaces(character) for character in "\u4f1a\u793e\u3067\u3059\u3002")
    assert not any(is_set_without_spaces(character) for character in "\ud68c\uc0aca1.")
