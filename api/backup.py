"""Backup into one archive while others read and write, and restoring it into an empty folder.

The archive is a zip file: `manifest.json` with the size and SHA-256 of every other member, `groundwork.sqlite`, and
the original files as `blobs/ab/abcdef…`. Indexes are not in it: they are built from the database.
"""

import hashlib
import os
import re
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from api.data_folder import DataFolder
from api.schema import NEWEST, NewerSchema, current_form
from corpus.blob_references import named_blobs
from corpus.blobs import BlobNotFound, FolderBlobs, flush_folder
from corpus.database import open_database, sqlite_url
from corpus.errors import Conflict, Invalid, NotFound, Unavailable
from corpus.snapshot import check_database, file_hash, take_snapshot

MANIFEST = "manifest.json"
DATABASE = "groundwork.sqlite"
_BLOB = re.compile(r"blobs/([0-9a-f]{2})/(\1[0-9a-f]{62})")
_BLOCK = 1 << 20
_ATTEMPTS = 3
_LARGEST_MANIFEST = 1 << 30


class AlreadyThere(Conflict):
    def __init__(self, file: Path) -> None:
        super().__init__(f"{file} exists already. Name another file.")


class NothingToBackUp(NotFound):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"There is no database in {folder}.")


class NotSqlite(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "Backup, restore and upgrade copy the database in the data folder, but GROUNDWORK_DATABASE_URL names one "
            "elsewhere. Use what that database brings (pg_dump), and copy the folder `blobs` after it."
        )


class BackupFailed(Unavailable):
    def __init__(self, detail: str) -> None:
        super().__init__(f"The backup could not be written: {detail}.")


class FolderNotEmpty(Conflict):
    def __init__(self, folder: Path) -> None:
        super().__init__(f"{folder} is not empty. A backup is restored into a new or empty folder only.")


class BadBackup(Invalid):
    def __init__(self, file: Path, fault: str) -> None:
        super().__init__(f"{file.name} is no sound backup: {fault}. Nothing was restored.")
        self.fault = fault


class Member(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    size: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """`form`: of the database, see `api/schema.py`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal[1] = 1
    program: str
    form: str
    made_at: datetime
    members: list[Member]

    @property
    def files(self) -> int:
        return len(self.members) - 1

    @property
    def size(self) -> int:
        return sum(member.size for member in self.members)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    file: Path
    form: str
    hashes: tuple[str, ...]


def back_up(folder: DataFolder, target: Path, program: str, now: datetime) -> Manifest:
    """Takes no lock, so it may run beside a server. Raises `AlreadyThere`, `NothingToBackUp` or `BackupFailed`."""
    if target.exists():
        raise AlreadyThere(target)
    if not folder.database.is_file():
        raise NothingToBackUp(folder.path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".groundwork-backup-", dir=target.parent) as working:
            for attempt in range(1, _ATTEMPTS + 1):
                snapshot = _snapshot(folder.database, Path(working) / f"{attempt}.sqlite")
                try:
                    written, manifest = _write(snapshot, FolderBlobs(folder.blobs), Path(working), program, now)
                except BlobNotFound:
                    # A document may have been erased since the database was copied.
                    if attempt == _ATTEMPTS:
                        raise
                    continue
                written.rename(target)
                flush_folder(target.parent)
                return manifest
    except OSError as error:
        raise BackupFailed(error.strerror or str(error)) from error
    raise AssertionError("the last attempt returns or raises")


def restore(archive: Path, folder: Path) -> Manifest:
    """All of it or nothing. Raises `FolderNotEmpty`, `BadBackup`, `NewerSchema` or `DatabaseDamaged`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderNotEmpty(folder)
    if not archive.is_file():
        raise BadBackup(archive, "there is no such file")
    folder.parent.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix=f".{folder.name}.restoring-", dir=folder.parent))
    try:
        manifest = _unpack(archive, working)
        check_database(working / DATABASE)
        _check_complete(archive, working)
        # Replaces an empty folder; one that somebody filled meanwhile is an error.
        working.rename(folder)
        flush_folder(folder.parent)
    except OSError as error:
        raise BackupFailed(f"{folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return manifest


def _snapshot(database: Path, file: Path) -> _Snapshot:
    take_snapshot(database, file)
    return _opened(file)


def _opened(file: Path) -> _Snapshot:
    engine = open_database(sqlite_url(file))
    try:
        form = current_form(engine)
        with Session(engine) as session:
            hashes = named_blobs(session) if form else []
    finally:
        engine.dispose()
    return _Snapshot(file, form or "", tuple(hashes))


def _write(
    snapshot: _Snapshot, blobs: FolderBlobs, working: Path, program: str, now: datetime
) -> tuple[Path, Manifest]:
    members = [Member(name=DATABASE, size=snapshot.file.stat().st_size, sha256=file_hash(snapshot.file))]
    for content_hash in snapshot.hashes:
        with blobs.open(content_hash) as file:
            size = os.fstat(file.fileno()).st_size
        members.append(Member(name=f"blobs/{content_hash[:2]}/{content_hash}", size=size, sha256=content_hash))
    manifest = Manifest(program=program, form=snapshot.form, made_at=now, members=members)
    written = working / "backup.zip"
    written.unlink(missing_ok=True)
    with written.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        with zipfile.ZipFile(file, "w", allowZip64=True) as archive:
            archive.writestr(_entry(MANIFEST, zipfile.ZIP_DEFLATED), manifest.model_dump_json(indent=1))
            with snapshot.file.open("rb") as database:
                _copy_in(archive, _entry(DATABASE, zipfile.ZIP_DEFLATED), database, members[0])
            for member in members[1:]:
                with blobs.open(member.sha256) as blob:
                    # Most formats are compressed already.
                    _copy_in(archive, _entry(member.name, zipfile.ZIP_STORED), blob, member)
        file.flush()
        os.fsync(file.fileno())
    return written, manifest


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.compress_type = compression
    entry.external_attr = 0o600 << 16
    return entry


def _copy_in(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: BinaryIO, member: Member) -> None:
    digest = hashlib.sha256()
    with archive.open(entry, "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            digest.update(block)
            target.write(block)
    if digest.hexdigest() != member.sha256:
        raise BackupFailed(f"{member.name} in the data folder is damaged; its content is not what its name says")


def _unpack(file: Path, working: Path) -> Manifest:
    """Into `working`, every byte checked against the manifest."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive, file)
            for member in manifest.members:
                _copy_out(archive, member, working / member.name, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        # RuntimeError: an encrypted member.
        raise BadBackup(file, f"it cannot be unpacked ({error})") from error
    return manifest


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise BadBackup(file, f"it has no {MANIFEST}")
    if archive.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
        raise BadBackup(file, f"its {MANIFEST} is too large")
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except ValidationError as error:
        raise BadBackup(file, f"its {MANIFEST} cannot be read") from error
    if manifest.form > NEWEST:
        raise NewerSchema(manifest.form)
    names = [member.name for member in manifest.members]
    if names.count(DATABASE) != 1 or len(set(names)) != len(names):
        raise BadBackup(file, f"its {MANIFEST} does not name one database and each file once")
    for member in manifest.members:
        found = _BLOB.fullmatch(member.name)
        if member.name != DATABASE and (found is None or found[2] != member.sha256):
            raise BadBackup(file, f"its {MANIFEST} names {member.name!r}")
    if sorted([*names, MANIFEST]) != sorted(archive.namelist()):
        raise BadBackup(file, f"it does not hold exactly what its {MANIFEST} says")
    return manifest


def _copy_out(archive: zipfile.ZipFile, member: Member, target: Path, file: Path) -> None:
    if archive.getinfo(member.name).file_size != member.size:
        raise BadBackup(file, f"{member.name} has another size than its {MANIFEST} says")
    digest, left = hashlib.sha256(), member.size
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member.name) as source, target.open("xb") as written:
        while block := source.read(_BLOCK):
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            written.write(block)
        written.flush()
        os.fsync(written.fileno())
    if left != 0 or digest.hexdigest() != member.sha256:
        raise BadBackup(file, f"{member.name} is not as it was written")


def _check_complete(file: Path, working: Path) -> None:
    """Every file that the database names is there."""
    snapshot = _opened(working / DATABASE)
    missing = [found for found in snapshot.hashes if not (working / "blobs" / found[:2] / found).is_file()]
    if missing:
        raise BadBackup(file, f"{len(missing)} original files that its database names are missing")
