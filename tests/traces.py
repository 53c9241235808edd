"""Looks for bytes in every file of a folder, also inside what is compressed there."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

ZLIB_HEADS = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
GZIP_HEAD = b"\x1f\x8b\x08"
DEEPEST = 3


def traces(folder: Path, wanted: Mapping[str, bytes]) -> list[str]:
    """`what in file` for each of `wanted` that is somewhere in the folder, files' names included; sorted."""
    found: set[str] = set()
    for file in sorted(folder.rglob("*")):
        path = file.relative_to(folder).as_posix()
        places = [path.encode()]
        if file.is_file():
            places += unpacked(file.read_bytes())
        found.update(f"{what} in {path}" for what, needle in wanted.items() if any(needle in place for place in places))
    return sorted(found)


def unpacked(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes themselves, and those of the archives and compressed stretches in them."""
    yield content
    if depth == DEEPEST:
        return
    for inner in [*_members(content), *_streams(content)]:
        yield from unpacked(inner, depth + 1)


def text_needles(texts: Iterable[str]) -> dict[str, bytes]:
    return {f"text {number}": text.encode() for number, text in enumerate(texts)}


def vector_needles(blobs: Iterable[bytes]) -> dict[str, bytes]:
    """Of stored float16 vectors: a stretch of each as float16, and of the unit vector that indexes make as float32."""
    needles = {}
    for number, blob in enumerate(blobs):
        half = np.frombuffer(blob, dtype="<f2")
        single = half.astype(np.float32)
        unit = single / np.sqrt(np.vecdot(single, single))
        middle = slice(len(half) // 2, len(half) // 2 + 16)
        needles[f"vector {number} as float16"] = half[middle].tobytes()
        needles[f"vector {number} as float32"] = single[middle].astype("<f4").tobytes()
        needles[f"vector {number} as a unit in float32"] = unit[middle].astype("<f4").tobytes()
    return needles


def _members(content: bytes) -> list[bytes]:
    if not content.startswith(b"PK\x03\x04"):
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [archive.read(name) for name in archive.namelist()]
    except zipfile.BadZipFile:
        return []


def _streams(content: bytes) -> Iterator[bytes]:
    heads = [(match.start(), zlib.MAX_WBITS) for match in ZLIB_HEADS.finditer(content)]
    heads += [(match.start(), 16 + zlib.MAX_WBITS) for match in re.finditer(re.escape(GZIP_HEAD), content)]
    for start, window in heads:
        try:
            inner = zlib.decompressobj(window).decompress(content[start:], 50_000_000)
        except zlib.error:
            continue
        if len(inner) > 16:
            yield inner
