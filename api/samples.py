"""The sample company: adds its documents, users and groups, and knows questions worth asking of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from pydantic import BaseModel

import corpus
from api.clock import now
from api.ingesting import FoundFile
from api.services import Services
from corpus.store import CorpusStore
from ingestion.ingest import FileReport

_FOLDER = Path(corpus.__path__[0]) / "samples"


class _DocumentForm(BaseModel):
    path: str
    audience: str


class _UserForm(BaseModel):
    user: str
    groups: list[str]


class _ManifestForm(BaseModel):
    company: str
    documents: list[_DocumentForm]
    users: list[_UserForm]
    questions: list[str]


@dataclass(frozen=True, slots=True)
class SampleFile:
    file: FoundFile
    audience: str


@dataclass(frozen=True, slots=True)
class SampleUser:
    name: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Samples:
    company: str
    files: tuple[SampleFile, ...]
    users: tuple[SampleUser, ...]
    questions: tuple[str, ...]


def read_samples() -> Samples:
    manifest = _ManifestForm.model_validate_json((_FOLDER / "manifest.json").read_bytes())
    return Samples(
        company=manifest.company,
        files=tuple(_file(document) for document in manifest.documents),
        users=tuple(SampleUser(form.user, tuple(form.groups)) for form in manifest.users),
        questions=tuple(manifest.questions),
    )


def add_samples(services: Services, samples: Samples) -> Iterator[FileReport]:
    """One report per file, as it is done. What is there already costs next to nothing."""
    with services.writing.begin() as session:
        store = CorpusStore(session)
        for audience in sorted({sample.audience for sample in samples.files}):
            store.ensure_audience(audience, now())
        for user in samples.users:
            store.ensure_user(user.name)
            for group in user.groups:
                store.ensure_member(group, user.name)
    for audience, files in groupby(sorted(samples.files, key=attrgetter("audience")), key=attrgetter("audience")):
        yield from services.ingesting.add_paths([sample.file for sample in files], audience)
    services.indexes.follow()


def _file(document: _DocumentForm) -> SampleFile:
    path = _FOLDER / document.path
    # Shown as the path below `documents/<audience>/`, as it would be in a shared folder.
    return SampleFile(
        FoundFile(path, path.relative_to(_FOLDER / "documents" / document.audience).as_posix()), document.audience
    )
