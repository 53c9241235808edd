"""Tells by its first bytes whether a file is a recording, and of which kind."""

from enum import StrEnum
from pathlib import PurePath

HEAD_BYTES = 4096
"""What `recording_kind` needs to see of a file."""

TRANSCRIPT_EXTENSIONS = (".vtt", ".srt", ".json")


class RecordingKind(StrEnum):
    WAV = "wav"
    MP3 = "mp3"
    AAC = "aac"
    FLAC = "flac"
    OGG = "ogg"
    MP4 = "mp4"
    MOV = "mov"
    WEBM = "webm"
    MKV = "mkv"


_MEDIA_TYPES: dict[RecordingKind, tuple[str, str]] = {
    RecordingKind.WAV: ("audio/wav", "audio/wav"),
    RecordingKind.MP3: ("audio/mpeg", "audio/mpeg"),
    RecordingKind.AAC: ("audio/aac", "audio/aac"),
    RecordingKind.FLAC: ("audio/flac", "audio/flac"),
    RecordingKind.OGG: ("audio/ogg", "video/ogg"),
    RecordingKind.MP4: ("audio/mp4", "video/mp4"),
    RecordingKind.MOV: ("audio/mp4", "video/quicktime"),
    RecordingKind.WEBM: ("audio/webm", "video/webm"),
    RecordingKind.MKV: ("audio/x-matroska", "video/x-matroska"),
}

_EXTENSIONS: dict[str, tuple[RecordingKind, ...]] = {
    ".wav": (RecordingKind.WAV,),
    ".mp3": (RecordingKind.MP3,),
    ".aac": (RecordingKind.AAC,),
    ".flac": (RecordingKind.FLAC, RecordingKind.OGG),
    ".ogg": (RecordingKind.OGG,),
    ".oga": (RecordingKind.OGG,),
    ".opus": (RecordingKind.OGG,),
    ".ogv": (RecordingKind.OGG,),
    ".mp4": (RecordingKind.MP4, RecordingKind.MOV),
    ".m4a": (RecordingKind.MP4,),
    ".m4v": (RecordingKind.MP4,),
    ".mov": (RecordingKind.MOV, RecordingKind.MP4),
    ".webm": (RecordingKind.WEBM,),
    ".mkv": (RecordingKind.MKV, RecordingKind.WEBM),
    ".mka": (RecordingKind.MKV, RecordingKind.WEBM),
}
RECORDING_EXTENSIONS = tuple(_EXTENSIONS)

_STILL_PICTURES = (b"avif", b"avis", b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
# MPEG audio layer III, version 1 or 2, with or without checksum; and the frames of AAC that is sent as a stream.
_MP3_STARTS = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xe3", b"\xff\xe2")
_AAC_STARTS = (b"\xff\xf1", b"\xff\xf9")


def recording_kind(head: bytes) -> RecordingKind | None:  # noqa: PLR0911 - one line per container
    """None for everything that is no recording. `head` is the beginning of the file."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return RecordingKind.WAV
    if head.startswith(b"fLaC"):
        return RecordingKind.FLAC
    if head.startswith(b"OggS"):
        return RecordingKind.OGG
    if head.startswith(b"\x1aE\xdf\xa3"):
        return RecordingKind.WEBM if b"webm" in head[:64] else RecordingKind.MKV
    if head.startswith(_AAC_STARTS):
        return RecordingKind.AAC
    # "ID3" may begin a text; a tag in earnest holds zero bytes near its head.
    if head.startswith(_MP3_STARTS) or (head.startswith(b"ID3") and b"\x00" in head[:64]):
        return RecordingKind.MP3
    return _quicktime_kind(head)


def _quicktime_kind(head: bytes) -> RecordingKind | None:
    box, brand = head[4:8], head[8:12]
    if box == b"ftyp":
        if brand in _STILL_PICTURES:
            return None
        return RecordingKind.MOV if brand == b"qt  " else RecordingKind.MP4
    return RecordingKind.MOV if box in _OLD_QUICKTIME and b"\x00" in head[:4] else None


def media_type_of(kind: RecordingKind, has_picture: bool) -> str:
    sound, picture = _MEDIA_TYPES[kind]
    return picture if has_picture else sound


def is_mislabelled(kind: RecordingKind, name: str) -> bool:
    return kind not in _EXTENSIONS.get(PurePath(name).suffix.lower(), (kind,))


def is_recording_name(name: str) -> bool:
    return PurePath(name).suffix.lower() in _EXTENSIONS
