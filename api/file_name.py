"""Names of files as people send them, made safe to keep and to show."""

import unicodedata
from pathlib import PurePosixPath

from corpus.errors import Invalid


class NamelessUpload(Invalid):
    def __init__(self) -> None:
        super().__init__("The upload has no file name. Send the file as a form field with its name.")


def safe_name(name: str) -> str:
    """The last part of a path, without control and direction characters, at most 200 long. Raises `NamelessUpload`."""
    last = PurePosixPath(name.replace("\\", "/")).name
    shown = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", last)
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    shown = " ".join(shown.split()).strip(". ")
    if not shown:
        raise NamelessUpload
    if len(shown) > 200:
        stem, dot, ending = shown.rpartition(".")
        shown = f"{stem[: 199 - len(ending)]}{dot}{ending}" if dot and len(ending) <= 10 else shown[:200]
    return shown
