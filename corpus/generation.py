"""Generations of a derived index on disk: built beside the current one and put in its place through one small file."""

import json
import os
import shutil
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus.errors import Unavailable

POINTER = "CURRENT"
_PREFIX = "gen-"
_TORN = ".writing"


class NotDeleted(Unavailable):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Files of the old index in {folder.name} could not be deleted. Check the folder's permissions."
        )
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Description:
    """What a generation was made of. One made of something else is not used."""

    format_version: int
    model: str
    """Name of the embedding model; empty for keywords."""
    dimension: int


@dataclass(frozen=True, slots=True)
class FileSum:
    size: int
    changed_ns: int
    crc: int


@dataclass(frozen=True, slots=True)
class Generation:
    number: int
    description: Description
    applied_change: int
    """Id of the last index change that is in it."""
    counts: Mapping[int, int] = field(default_factory=dict)
    """Entries of each audience after that change."""
    sums: Mapping[str, FileSum] = field(default_factory=dict)
    """Of the files that only this process writes, by path within the generation's folder."""


class Generations:
    """A folder with `gen-1`, `gen-2` and so on, and the pointer to the one in use. For one process at a time."""

    def __init__(self, folder: Path, unsummed: Collection[str] = ()) -> None:
        """`unsummed`: names of files that change by being opened, of which no sums are kept."""
        self._folder = folder
        self._unsummed = unsummed

    def folder_of(self, number: int) -> Path:
        return self._folder / f"{_PREFIX}{number}"

    def current(self) -> Generation | None:
        """The generation in use. None where there is none, or none that the pointer names readably."""
        try:
            said = json.loads((self._folder / POINTER).read_bytes())
            generation = Generation(
                number=int(said["generation"]),
                description=Description(int(said["format_version"]), str(said["model"]), int(said["dimension"])),
                applied_change=int(said["applied_change"]),
                counts={int(audience_id): int(count) for audience_id, count in said["counts"].items()},
                sums={str(path): FileSum(*map(int, values)) for path, values in said["sums"].items()},
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return generation if self.folder_of(generation.number).is_dir() else None

    def is_torn(self, number: int) -> bool:
        """Whether a write into this generation began and did not end: its process was killed, or its disk was full."""
        return self._torn_mark(number).exists()

    def begin(self) -> int:
        """A new, empty generation. It counts as torn until `publish`."""
        number = max([0, *self._numbers()]) + 1
        self.folder_of(number).mkdir(parents=True)
        self._mark_torn(number)
        return number

    @contextmanager
    def writing(self, number: int) -> Iterator[None]:
        """Around every change to a generation's files. If the change fails, the generation stays marked as torn."""
        self._mark_torn(number)
        yield
        self._torn_mark(number).unlink()

    def advance(self, generation: Generation, applied_change: int, counts: Mapping[int, int]) -> Generation:
        """Record that the current generation now holds everything up to this change."""
        advanced = self._described(generation, applied_change, counts)
        self._point_to(advanced)
        return advanced

    def changed_file(self, generation: Generation) -> str | None:
        """A file whose content is not what it was when the generation was recorded last, or None."""
        now = self._sums(generation.number, known={})
        paths = sorted({*now, *generation.sums})
        return next((path for path in paths if _content(now, path) != _content(generation.sums, path)), None)

    def altered_file(self, generation: Generation) -> str | None:
        """Like `changed_file`, of files that are written once and may come and go: only those that are still there."""
        now = self._sums(generation.number, known={})
        paths = sorted(now.keys() & generation.sums.keys())
        return next((path for path in paths if _content(now, path) != _content(generation.sums, path)), None)

    def resized_file(self, generation: Generation) -> str | None:
        """Like `altered_file`, by sizes alone: nothing is read."""
        folder = self.folder_of(generation.number)
        for path, known in generation.sums.items():
            try:
                size = (folder / path).stat().st_size
            except FileNotFoundError:
                continue
            if size != known.size:
                return path
        return None

    def publish(
        self, number: int, description: Description, applied_change: int, counts: Mapping[int, int]
    ) -> Generation:
        """Put a finished generation in the place of the current one. All others are deleted afterwards."""
        generation = self._described(Generation(number, description, applied_change), applied_change, counts)
        for file in self.folder_of(generation.number).rglob("*"):
            _flush(file)
        self._torn_mark(generation.number).unlink(missing_ok=True)
        self._point_to(generation)
        self.clean()
        return generation

    def clean(self) -> None:
        """Delete what is not in use: old generations, and those whose building was interrupted."""
        current = self.current()
        for number in self._numbers():
            if current is None or number != current.number:
                self.discard(number)

    def discard(self, number: int) -> None:
        """Delete one generation. If it is the current one there is none afterwards."""
        shutil.rmtree(self.folder_of(number), ignore_errors=True)
        self._torn_mark(number).unlink(missing_ok=True)

    def discard_all(self) -> None:
        """Delete every generation. The pointer goes first: what an interruption leaves is deleted by the next `clean`.

        Raises `NotDeleted`.
        """
        (self._folder / POINTER).unlink(missing_ok=True)
        (self._folder / f"{POINTER}.new").unlink(missing_ok=True)
        self.clean()
        self.check_only_current()

    def check_only_current(self) -> None:
        """Raises `NotDeleted` if a generation that is not in use still has files."""
        current = self.current()
        left = [number for number in self._numbers() if current is None or number != current.number]
        if left:
            raise NotDeleted(self.folder_of(left[0]))

    def _described(self, generation: Generation, applied_change: int, counts: Mapping[int, int]) -> Generation:
        sums = self._sums(generation.number, generation.sums)
        return replace(generation, applied_change=applied_change, counts=dict(counts), sums=sums)

    def _sums(self, number: int, known: Mapping[str, FileSum]) -> dict[str, FileSum]:
        """Sums of the files; one whose size and time of change are `known` is not read again."""
        folder = self.folder_of(number)
        sums: dict[str, FileSum] = {}
        for file in sorted(folder.rglob("*")):
            if not file.is_file() or file.name in self._unsummed:
                continue
            path = file.relative_to(folder).as_posix()
            try:
                state = file.stat()
                before = known.get(path)
                if before is not None and (before.size, before.changed_ns) == (state.st_size, state.st_mtime_ns):
                    sums[path] = before
                else:
                    sums[path] = FileSum(state.st_size, state.st_mtime_ns, _crc(file))
            except FileNotFoundError:
                # tantivy merges in the background: what it wrote for a moment, or has just merged, is no part of it.
                sums.pop(path, None)
        return sums

    def _numbers(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        names = (entry.name.removeprefix(_PREFIX).removesuffix(_TORN) for entry in self._folder.glob(f"{_PREFIX}*"))
        return sorted({int(name) for name in names if name.isdecimal()})

    def _torn_mark(self, number: int) -> Path:
        # Beside the generation's folder: whatever damages or deletes that one leaves the mark alone.
        return self._folder / f"{_PREFIX}{number}{_TORN}"

    def _mark_torn(self, number: int) -> None:
        self._write(self._torn_mark(number), b"")

    def _point_to(self, generation: Generation) -> None:
        said = {
            "generation": generation.number,
            "format_version": generation.description.format_version,
            "model": generation.description.model,
            "dimension": generation.description.dimension,
            "applied_change": generation.applied_change,
            "sums": {path: [sum_.size, sum_.changed_ns, sum_.crc] for path, sum_ in sorted(generation.sums.items())},
            "counts": {str(audience_id): count for audience_id, count in sorted(generation.counts.items())},
        }
        self._write(self._folder / POINTER, json.dumps(said).encode())

    def _write(self, file: Path, content: bytes) -> None:
        """The whole content or the file as it was, also after a loss of power."""
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f"{file.name}.new")
        with temporary.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        temporary.replace(file)
        _flush(self._folder)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _crc(file: Path) -> int:
    crc = 0
    with file.open("rb") as opened:
        while block := opened.read(1 << 20):
            crc = zlib.crc32(block, crc)
    return crc


def _content(sums: Mapping[str, FileSum], path: str) -> tuple[int, int] | None:
    found = sums.get(path)
    return (found.size, found.crc) if found is not None else None
