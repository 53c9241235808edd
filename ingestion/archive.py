"""Opens the zip archives that office files are, with limits on what they may unpack to."""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from ingestion.parsed import Damaged, PasswordProtected, TooLarge

_MIB = 1 << 20
_TYPES = "[Content_Types].xml"
_PROLOGUE_BYTES = 64 * 1024
_ROOT = re.compile(rb"<[A-Za-z_]")


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    inflated_bytes: int = 500 * _MIB
    members: int = 10_000


DEFAULT_LIMITS = ArchiveLimits()


def open_archive(content: bytes, limits: ArchiveLimits) -> zipfile.ZipFile:
    """Raises `Damaged`, `PasswordProtected` or `TooLarge`.

    The sizes are those that the archive's directory states; reading a member never yields more than is stated there.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Damaged("it is cut off or no archive at all") from error
    members = archive.infolist()
    if len(members) > limits.members:
        raise TooLarge("files inside it", f"{limits.members:,}")
    if sum(member.file_size for member in members) > limits.inflated_bytes:
        raise TooLarge("its unpacked size", f"{limits.inflated_bytes // _MIB} MiB")
    if any(member.flag_bits & 1 for member in members):
        raise PasswordProtected
    return archive


def check_office_archive(content: bytes, limits: ArchiveLimits) -> None:
    """As `open_archive`; also refuses document type declarations: no office program writes them, attackers do."""
    with open_archive(content, limits) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".xml", ".rels", ".vml")):
                _check_prologue(archive, member)


def read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Raises `Damaged` if it is missing or cannot be unpacked."""
    try:
        return archive.read(name)
    except KeyError as error:
        raise Damaged(f"{name} is missing") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Damaged(f"{name} cannot be unpacked") from error


def _check_prologue(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    try:
        with archive.open(member) as stream:
            # Zero bytes: the same declaration in UTF-16.
            head = stream.read(_PROLOGUE_BYTES).replace(b"\x00", b"")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise Damaged(f"{member.filename} cannot be unpacked") from error
    root = _ROOT.search(head)
    prologue = head[: root.start()] if root is not None else head
    if b"<!DOCTYPE" in prologue or b"<!ENTITY" in prologue or (root is None and len(head) == _PROLOGUE_BYTES):
        raise Damaged(f"{member.filename} is no XML that an office program writes")


def with_main_type(content: bytes, others: re.Pattern[bytes], wanted: bytes) -> bytes:
    """The archive, its main part declared as an ordinary document instead of a template or one with macros."""
    with open_archive(content, DEFAULT_LIMITS) as archive:
        types = read_member(archive, _TYPES)
        if others.search(types) is None:
            return content
        rewritten = io.BytesIO()
        with zipfile.ZipFile(rewritten, "w", zipfile.ZIP_STORED) as copy:
            for member in archive.infolist():
                inner = (
                    others.sub(wanted, types) if member.filename == _TYPES else read_member(archive, member.filename)
                )
                copy.writestr(member.filename, inner)
        return rewritten.getvalue()
