"""Reads pictures with the program Tesseract, as a process of its own with little memory, time and nothing inherited."""

import csv
import io
import re
import resource
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from corpus.locator import Box
from ingestion.recognition import OcrFailed, Picture, RecognisedPage, RecognisedWord

LEAST_CONFIDENCE = 30
"""Below this it is more often a stain or a line than a word."""

_SURE = 85.0
_GOOD_ENOUGH = 0.8
"""A turned page counts if it says nearly as much: lines that run down are recognised too, but in no order."""

_FEW_WORDS = 3
_MEMORY_BYTES = 1 << 30
_LEAST_DOTS = 8
_VERSION = re.compile(r"tesseract v?(\S+)")
_ORIENTATION = re.compile(rb"^Orientation in degrees: (\d+)", re.MULTILINE)
_LANGUAGE = re.compile(r"[A-Za-z0-9_/-]+")
_POINTS_PER_INCH = 72


class TesseractOcrReader:
    """Implements `ingestion.recognition.OcrReader`."""

    def __init__(self, program: Path, version: str, languages: Sequence[str], seconds: float) -> None:
        """`seconds` is what one page may take."""
        self._program = program
        self._version = version
        self._languages = "+".join(languages)
        self._seconds = seconds

    @property
    def name(self) -> str:
        return f"tesseract {self._version} {self._languages}"

    def read(self, picture: Picture) -> RecognisedPage:
        if min(picture.dots.shape) < _LEAST_DOTS:
            return self._page(picture, 0, [])
        words = self._words(picture, 0)
        if len(words) < _FEW_WORDS or _mean_confidence(words) < _SURE or _runs_down(words, picture):
            turn = self._orientation(picture)
            if turn:
                turned = self._words(picture, turn)
                if _weight(turned) > _GOOD_ENOUGH * _weight(words):
                    return self._page(picture, turn, turned)
        return self._page(picture, 0, words)

    def _page(self, picture: Picture, turn: int, words: list[RecognisedWord]) -> RecognisedPage:
        height, width = picture.dots.shape
        points = _POINTS_PER_INCH / picture.dots_per_inch
        return RecognisedPage(picture.page, turn, width * points, height * points, tuple(words))

    def _words(self, picture: Picture, turn: int) -> list[RecognisedWord]:
        # `turn` is how the text lies; turning the picture back makes it upright.
        dots = np.rot90(picture.dots, turn)
        said = self._run(dots, picture.dots_per_inch, "--psm", "3", "-l", self._languages, "tsv")
        return _words_in(said.decode("utf-8", "replace"), dots.shape, turn)

    def _orientation(self, picture: Picture) -> int:
        """Quarter turns clockwise, 0 where it cannot tell."""
        try:
            said = self._run(picture.dots, picture.dots_per_inch, "--psm", "0", "-l", "osd")
        except OcrFailed:
            # Too few characters, or the data for telling directions is not installed.
            return 0
        found = _ORIENTATION.search(said)
        return int(found[1]) // 90 % 4 if found else 0

    def _run(self, dots: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], dots_per_inch: int, *options: str) -> bytes:
        height, width = dots.shape
        picture = b"P5 %d %d 255\n" % (width, height) + np.ascontiguousarray(dots).tobytes()
        command = [str(self._program), "stdin", "stdout", "--dpi", str(dots_per_inch), *options]
        with subprocess.Popen(  # noqa: S603 - the program that the settings name
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"OMP_THREAD_LIMIT": "1", "LC_ALL": "C"},
            start_new_session=True,
        ) as process:
            _limit(process.pid, self._seconds)
            try:
                said, _ = process.communicate(picture, timeout=self._seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise OcrFailed(f"one page took longer than {self._seconds:g} seconds") from None
        if process.returncode != 0:
            raise OcrFailed(f"tesseract ended with {process.returncode}")
        return said


def find_tesseract(program: str, languages: Sequence[str], seconds: float) -> TesseractOcrReader | None:
    """None where the program is not installed. No `languages`: all that are installed.

    Raises `OcrFailed` if it does not run or lacks a language.
    """
    found = shutil.which(program)
    if found is None:
        return None
    version = _VERSION.search(_asked(found, "--version"))
    installed = [
        line.strip()
        for line in _asked(found, "--list-langs").splitlines()[1:]
        if _LANGUAGE.fullmatch(line.strip()) and line.strip() != "osd" and "/" not in line
    ]
    missing = sorted(set(languages) - set(installed))
    if version is None or missing or not installed:
        lacking = f"it lacks the language {missing[0]}" if missing else "it lacks every language"
        raise OcrFailed(lacking if version else "tesseract does not say its version")
    return TesseractOcrReader(Path(found), version[1], sorted(languages or installed), seconds)


def _asked(program: str, question: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the program that the settings name
            [program, question], capture_output=True, text=True, timeout=30, check=False, env={"LC_ALL": "C"}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OcrFailed(f"{program} does not run") from error
    return done.stdout + done.stderr


def _limit(process_id: int, seconds: float) -> None:
    """At once after the start, before it has read the picture."""
    limits = (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    )
    if not hasattr(resource, "prlimit"):
        # Elsewhere than on Linux only the time is limited.
        return
    try:
        for limit, most in limits:
            resource.prlimit(process_id, limit, (most, most))
    except ProcessLookupError:
        return


def _words_in(table: str, shape: tuple[int, ...], turn: int) -> list[RecognisedWord]:
    height, width = shape
    lines: dict[tuple[str, ...], int] = {}
    words = []
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = (row.get("text") or "").strip()
        confidence = float(row.get("conf") or -1)
        if row.get("level") != "5" or not text or confidence < LEAST_CONFIDENCE:
            continue
        left, top = int(row["left"]) / width, int(row["top"]) / height
        right, bottom = left + int(row["width"]) / width, top + int(row["height"]) / height
        place = tuple(row[name] for name in ("block_num", "par_num", "line_num"))
        line = lines.setdefault(place, len(lines))
        box = _displayed(Box(max(left, 0.0), max(top, 0.0), min(right, 1.0), min(bottom, 1.0)), turn)
        words.append(RecognisedWord(text, box, line, round(confidence)))
    return words


def _displayed(box: Box, turn: int) -> Box:
    """From the picture that was turned upright to the displayed page, as `ingestion.pdf_page.Sheet.box`."""
    if turn == 1:
        return Box(1 - box.bottom, box.left, 1 - box.top, box.right)
    if turn == 2:
        return Box(1 - box.right, 1 - box.bottom, 1 - box.left, 1 - box.top)
    if turn == 3:
        return Box(box.top, 1 - box.right, box.bottom, 1 - box.left)
    return box


def _mean_confidence(words: Sequence[RecognisedWord]) -> float:
    return sum(word.confidence for word in words) / len(words)


def _runs_down(words: Sequence[RecognisedWord], picture: Picture) -> bool:
    """Whether most words are taller than wide."""
    height, width = picture.dots.shape
    long = [word.box for word in words if len(word.text) >= 4]
    tall = sum((box.bottom - box.top) * height > (box.right - box.left) * width for box in long)
    return bool(tall > len(long) / 2)


def _weight(words: Sequence[RecognisedWord]) -> int:
    return sum(word.confidence * len(word.text) for word in words)
