"""Bytes become the characters that were meant, or are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.decoding import NotText, clean, decode
from ingestion.parsed import Damaged, Empty


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_whatever_its_width(encoding: str) -> None:
    text = "The quick brown fox. Größe, 世界"
    assert decode(text.encode(encoding)).text.lstrip("\ufeff") == text
    assert decode(text.encode(encoding)).remarks == ()


def test_a_byte_order_mark_stays_so_that_offsets_agree_with_any_reader() -> None:
    assert decode("\ufeffabc".encode()).text == "\ufeffabc"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Grüße an alle Kollegen", "cp1252"),
        ("naïve café déjà vu", "cp1252"),
        ("Привет, это правила отпуска", "cp1251"),
        ("休暇に関する文書です。", "shift_jis"),
        ("员工每年有二十天年假。", "gb18030"),
        ("“Quoted” – and dashed", "cp1252"),
    ],
)
def test_older_encodings_are_guessed_and_remarked(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert "does not say its character encoding" in decoded.remarks[0]


def test_a_few_broken_bytes_do_not_make_it_another_encoding() -> None:
    content = ("Größe und Übermaß. " * 50).encode() + b"\xff" + ("für alle. " * 50).encode()
    decoded = decode(content)
    assert decoded.text.count("\ufffd") == 1
    assert decoded.remarks == ("1 damaged characters were replaced.",)


def test_a_character_cut_off_at_the_end_is_replaced() -> None:
    assert decode("Größe ü".encode()[:-1]).text == "Größe \ufffd"


def test_nul_characters_are_replaced_one_for_one() -> None:
    decoded = decode(b"a" * 100 + b"\x00" + b"b")
    assert decoded.text == "a" * 100 + "\ufffdb"
    assert decoded.remarks == ("1 NUL characters were replaced.",)


@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 4, b"\x01\x02\x03text\x04\x05", b"\x89PNG\r\n\x1a\n\x00\x00\x00"]
)
def test_binary_data_is_no_text(content: bytes) -> None:
    with pytest.raises(NotText, match="binary data"):
        decode(content)


@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\x00" * 50, "\ufeff".encode("utf-16")])
def test_nothing_is_empty(content: bytes) -> None:
    with pytest.raises(Empty):
        decode(content)


def test_half_a_surrogate_in_wide_text_is_damage() -> None:
    with pytest.raises(Damaged):
        decode(b"\xff\xfea\x00\x00\xdcb\x00")


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1).filter(
        lambda text: text.strip("\ufeff \u200b")
    )
)
def test_valid_utf_8_is_kept_character_by_character(text: str) -> None:
    if text.strip():
        assert decode(text.encode()).text == text


def test_characters_that_nothing_can_store_are_cleaned_away() -> None:
    assert clean("a\x00b\ud800c\td\n") == "ab\ufffdc\td\n"
