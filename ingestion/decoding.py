"""Turns the bytes of a text file into its characters, so that offsets into them can be relied on."""

import codecs
import re
from dataclasses import dataclass

from ingestion.parsed import Damaged, Empty, Unreadable

_BYTE_ORDER_MARKS = (
    # UTF-32 first: its little-endian mark begins with the one of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b") | {0x7F})
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Text may hold a stray control character; one in fifty is no text any more.
_MOST_CONTROLS = 0.02
# A UTF-8 file with up to one broken byte in two hundred is still that, not a different encoding.
_MOST_BROKEN = 0.005


class NotText(Unreadable):
    def __init__(self) -> None:
        super().__init__("The file holds binary data, not text. Export it as PDF, docx or plain text and add that.")


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A byte order mark stays the first character: offsets then agree with any reader of plain UTF-8."""

    text: str
    remarks: tuple[str, ...] = ()


def decode(content: bytes) -> DecodedText:
    """Keeps every newline as it is. NUL becomes U+FFFD, which keeps offsets. Raises `Empty`, `Damaged`, `NotText`."""
    decoded = _decode(content)
    if not decoded.text.strip("\ufeff \t\r\n\v\f\x00\u200b"):
        raise Empty
    controls = len(_CONTROL.findall(decoded.text))
    if controls > _MOST_CONTROLS * len(decoded.text):
        raise NotText
    if "\x00" in decoded.text:
        remark = f"{decoded.text.count(chr(0))} NUL characters were replaced."
        return DecodedText(decoded.text.replace("\x00", "\ufffd"), (*decoded.remarks, remark))
    return decoded


def clean(text: str) -> str:
    """Text out of a container format, without the characters that no database and no page can hold."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


def _decode(content: bytes) -> DecodedText:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode_wide(content[len(mark) :], encoding)
    try:
        return DecodedText(content.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    wide = _wide_without_mark(content)
    if wide is not None:
        return _decode_wide(content, wide)
    controls = len(content) - len(content.translate(None, _CONTROL_BYTES))
    if controls > _MOST_CONTROLS * len(content):
        raise NotText
    lenient = content.decode("utf-8", errors="replace")
    broken = lenient.count("\ufffd")
    sound = sum(1 for character in lenient if character > "\x7f") - broken
    is_cut_off = broken == 1 and lenient.endswith("\ufffd")
    if is_cut_off or (broken <= _MOST_BROKEN * len(lenient) and sound >= 3 * broken):
        return DecodedText(lenient, (f"{broken} damaged characters were replaced.",))
    return _decode_guessed(content)


def _decode_guessed(content: bytes) -> DecodedText:
    from ingestion.chardet_encoding import guess_encoding  # noqa: PLC0415 - 50 ms that most files never need

    encoding = guess_encoding(content)
    if encoding is None:
        raise NotText
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise NotText from error
    text = content.decode(encoding, errors="replace")
    return DecodedText(text, (f"The file does not say its character encoding; it was read as {encoding}.",))


def _decode_wide(content: bytes, encoding: str) -> DecodedText:
    try:
        return DecodedText(content.decode(encoding))
    except UnicodeDecodeError as error:
        if error.end >= len(content):
            remark = "The last character of the file is incomplete and was left out."
            return DecodedText(content[: error.start].decode(encoding), (remark,))
        raise Damaged(f"it is not valid {encoding.upper()}") from error


def _wide_without_mark(content: bytes) -> str | None:
    """UTF-16 of mostly Latin text shows as every second byte being zero."""
    sample = content[:4096]
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0) / len(sample[0::2]), sample[1::2].count(0) / len(sample[1::2])
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    if even > 0.4 and odd < 0.05:
        return "utf-16-be"
    return None
