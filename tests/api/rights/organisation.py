"""An installation with people of every kind, and things that belong to some of them and are visible to others."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from api.accounts.account import ApiKey, BrowserSession
from api.accounts.identity import Identity
from api.accounts.roles import Permission, Role
from api.accounts.store import AccountStore
from api.app import build_app
from api.context_names import FORM_HEADER, SESSION_COOKIE
from api.ingesting import find_files
from api.jobs import ingest_kind
from api.jobs.ingest_kind import upload_arguments
from api.jobs.job import Job, State
from api.jobs.job_queue import Lane
from api.jobs.store import JobStore
from api.services import Services
from api.settings import NO_TRANSCRIBER, Settings
from corpus.audience import EVERYONE, PrincipalKind
from corpus.chunk import Chunk, ChunkVector
from corpus.database import Entity
from corpus.document import Document, Version, VersionText
from corpus.embedder import Embedder
from corpus.recording import Recording
from corpus.store import CorpusStore
from ingestion.source import Source, SourceKind
from ingestion.store import SourceStore
from tests.api.rights.visits import Visits
from tests.fakes import WordEmbedder
from tests.sounds import joined, silence, tone, vtt, wav

MORNING = datetime(2026, 5, 4, 8, tzinfo=UTC)
TOKEN = "a token of the data folder"
BOARD = "board"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe"
    "0def46b80000000049454e44ae426082"
)
LEAVE = b"# Leave\n\nEvery employee gets thirty days of leave a year.\n\nUnused leave expires on 31 March.\n"
QUOTE = "thirty days of leave"


class Who(StrEnum):
    """Whoever may stand before the door. The key has the scope to read; its owner is an SME, as the expired one's."""

    ANONYMOUS = "anonymous"
    DISABLED = "disabled"
    EMPLOYEE = "employee"
    SME = "sme"
    REVIEWER = "reviewer"
    EVALUATOR = "evaluator"
    ADMIN = "admin"
    KEY = "key"
    EXPIRED_KEY = "expired key"

    @property
    def user(self) -> str:
        return _USERS.get(self, "")


_USERS = {
    Who.DISABLED: "dora",
    Who.EMPLOYEE: "emma",
    Who.SME: "sven",
    Who.REVIEWER: "rita",
    Who.EVALUATOR: "eva",
    Who.ADMIN: "adam",
    Who.KEY: "kim",
    Who.EXPIRED_KEY: "ines",
}
_ROLES = {
    "adam": Role.ADMIN,
    "dora": Role.SME,
    "emma": Role.EMPLOYEE,
    "sven": Role.SME,
    "rita": Role.REVIEWER,
    "eva": Role.EVALUATOR,
    "kim": Role.SME,
    "ines": Role.SME,
    "bert": Role.SME,
}
OTHER = "bert"
"""Somebody else, who alone reads what is of the board."""


class Thing(StrEnum):
    TEXT = "text"
    PICTURE = "picture"
    RECORDING = "recording"


@dataclass(frozen=True, slots=True)
class Placed:
    """A document, and what of it is asked for by number."""

    document_id: int
    version_id: int
    chunk_id: int


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now


class QuickServices(Services):
    """Embeds by words, which takes no model."""

    def _embedder(self) -> Embedder:
        return WordEmbedder()


def unlimited(folder: Path, cache: Path) -> Settings:
    """Nobody is refused for asking much; that is measured elsewhere."""
    return Settings(
        data=folder,
        cache=cache,
        threads=1,
        parse_workers=1,
        transcriber=NO_TRANSCRIBER,
        limit_ask_per_minute=0,
        limit_read_per_minute=0,
        limit_write_per_minute=0,
        limit_upload_per_minute=0,
        limit_sign_in_per_minute=0,
        limit_site_per_minute=0,
        limit_address_per_minute=0,
    )


class Organisation:
    def __init__(self, services: Services, clock: Clock, folder: Path) -> None:
        self.services = services
        self.clock = clock
        self.app = build_app(services, TOKEN)
        self._folder = folder
        self.empty_folder = folder / "nothing"
        self.empty_folder.mkdir()
        self._made = 0
        self._number = 70_000_000
        for name, role in _ROLES.items():
            services.accounts.add_account(name, [role])
        services.library.check_audience(EVERYONE, "adam")
        with services.writing.begin() as session:
            store = CorpusStore(session)
            store.ensure_audience(BOARD, clock())
            store.ensure_member(BOARD, OTHER)
        self._key = services.accounts.new_key("kim", "reading", [Permission.READ], 30).secret
        self._expired = services.accounts.new_key("ines", "old", [Permission.READ], 1).secret
        with services.writing.begin() as session:
            for key in session.scalars(select(ApiKey).where(ApiKey.name == "old")):
                key.expires_at = clock() - timedelta(seconds=1)

    # Who asks

    def principal_id(self, name: str) -> int:
        with self.services.sessions() as session:
            return AccountStore(session).get(name)[0].id

    def enter(self, who: Who) -> dict[str, str]:
        """The headers by which that one asks: of a browser that has just been signed in, or with the key."""
        if who is Who.ANONYMOUS:
            return {}
        if who in (Who.KEY, Who.EXPIRED_KEY):
            return {"Authorization": f"Bearer {self._key if who is Who.KEY else self._expired}"}
        if who is not Who.DISABLED:
            return self.sign_in(who.user)[0]
        self._set_disabled(who.user, None)
        headers, _ = self.sign_in(who.user)
        # Past the rule that ends sessions: what is left of one must open nothing either.
        self._set_disabled(who.user, self.clock())
        return headers

    def sign_in(self, user: str) -> tuple[dict[str, str], Identity]:
        signed_in = self.services.accounts.sign_in_known_to(self.principal_id(user), "a browser", None)
        headers = {
            "Cookie": f"{SESSION_COOKIE}={signed_in.secret}",
            FORM_HEADER: signed_in.identity.form_token,
        }
        return headers, signed_in.identity

    def _set_disabled(self, user: str, at: datetime | None) -> None:
        with self.services.writing.begin() as session:
            AccountStore(session).get(user)[0].disabled_at = at

    # What there is

    def prepare(self) -> None:
        """One document of each kind, of which any number is made afterwards."""
        services = self.services
        added = services.library.add_upload("leave.md", LEAVE, EVERYONE, OTHER)
        talks = self._folder / "talks"
        talks.mkdir()
        (talks / "talk.wav").write_bytes(wav(joined(tone(2), silence(1), tone(2))))
        (talks / "talk.vtt").write_bytes(vtt([(0.0, 2.0, "The seal of the pump."), (3.0, 5.0, "It is changed.")]))
        reports = list(services.ingesting.add_paths(find_files([talks]), EVERYONE))
        services.indexes.follow()
        recorded = next(report.document_id for report in reports if report.name == "talk.wav")
        assert added.document_id is not None
        assert recorded is not None
        self._picture = services.blobs.put(PICTURE)
        self._model = {Thing.TEXT: added.document_id, Thing.PICTURE: added.document_id, Thing.RECORDING: recorded}

    def next_number(self) -> int:
        """For what has one, so that it can be told from every other number in a reply. Leaves room between."""
        self._number += 1000
        return self._number

    def model_of(self, thing: Thing) -> int:
        """The number of the document that all of that kind are made like; everybody may see it."""
        return self._model[thing]

    def add(self, thing: Thing, owner: str | None, audience: str) -> Placed:
        """Another document like the first one of that kind."""
        self._made += 1
        with self.services.writing.begin() as session:
            store = CorpusStore(session)
            model = session.get_one(Document, self._model[thing])
            document = Document(
                audience_id=store.ensure_audience(audience, self.clock()).id,
                origin=f"test:{self._made}",
                name=f"{thing} {self._made}",
                created_at=self.clock(),
                owner=owner,
            )
            document.id = self.next_number()
            store.add(document)
            values: dict[str, Any] = {"document_id": document.id}
            if thing is Thing.PICTURE:
                values |= {"media_type": "image/png", "content_hash": self._picture, "page_count": 1}
            version_id = self.next_number()
            _again(session, Version, "id", [model.active_version_id or 0], values | {"id": version_id})
            version = session.get_one(Version, version_id)
            for entity in (VersionText, Recording):
                _again(session, entity, "version_id", [model.active_version_id or 0], {"version_id": version_id})
            chunks = session.scalars(select(Chunk.id).where(Chunk.version_id == model.active_version_id)).all()
            made = [self.next_number() for _ in chunks]
            for known, chunk_id in zip(chunks, made, strict=True):
                _again(session, Chunk, "id", [known], {"version_id": version_id, "id": chunk_id})
                _again(session, ChunkVector, "chunk_id", [known], {"chunk_id": chunk_id})
            store.activate(document, version)
            return Placed(document.id, version_id, made[0])

    def add_job(
        self, state: State, user: str, audience: str, document_id: int | None = None, name: str | None = None
    ) -> int:
        """An upload, as it was left, and the document that it has made."""
        self._made += 1
        name = name or f"job {self._made}.md"
        content = LEAVE + name.encode()
        arguments = upload_arguments(
            name, f"upload:{name}", self.services.blobs.put(content), len(content), audience, True, user
        )
        with self.services.writing.begin() as session:
            job = Job(
                kind=ingest_kind.KIND,
                title=name,
                user_name=user,
                audience_id=CorpusStore(session).ensure_audience(audience, self.clock()).id,
                arguments=arguments,
                lane=Lane.SMALL,
                created_at=self.clock(),
            )
            job.id = self.next_number()
            job.state = state
            job.result = (
                {} if document_id is None else {"files": [_report(name, document_id)], "outcomes": {"added": 1}}
            )
            return JobStore(session).add(job).id

    def add_source(self, owner: str, audience: str, name: str | None = None) -> int:
        """A folder with nothing in it."""
        self._made += 1
        folder = self._folder / f"source {self._made}"
        folder.mkdir()
        with self.services.writing.begin() as session:
            source = Source(
                name=name or f"source {self._made}",
                kind=SourceKind.FOLDER,
                address=str(folder),
                options={},
                audience_id=CorpusStore(session).ensure_audience(audience, self.clock()).id,
                created_at=self.clock(),
                every_minutes=None,
                credential=None,
                owner=owner,
            )
            source.id = self.next_number()
            return SourceStore(session).add(source).id

    def add_key(self, owner: str) -> int:
        key_id = self.services.accounts.new_key(owner, "a key", [Permission.READ], 30).key_id
        return self._renumbered(ApiKey, key_id)

    def add_session(self, owner: str) -> int:
        return self._renumbered(BrowserSession, self.sign_in(owner)[1].credential_id)

    def _renumbered(self, entity: type[ApiKey | BrowserSession], known: int) -> int:
        number = self.next_number()
        with self.services.writing.begin() as session:
            session.execute(update(entity).where(entity.id == known).values(id=number))
        return number

    def add_upload(self, owner: str) -> str:
        return self.services.piecewise_uploads.begin("a talk", "audio/webm", EVERYONE, owner).upload_id

    def choose_password(self, user: str, password: str) -> None:
        self.services.accounts.choose_password(self.services.accounts.new_password_link(user).code, password, "")

    def add_account(self) -> int:
        self._made += 1
        return self.services.accounts.add_account(f"person {self._made}", [Role.EMPLOYEE]).principal_id

    def add_group(self) -> int:
        self._made += 1
        return self.services.groups.add_principal(PrincipalKind.GROUP, f"group {self._made}").principal_id

    def add_audience(self) -> int:
        self._made += 1
        return self.services.audiences.create(f"audience {self._made}").audience_id

    def let_in(self, audience_id: int, principal_id: int) -> None:
        self.services.audiences.allow(audience_id, principal_id)

    def add_link(self) -> str:
        """By which somebody chooses a password."""
        self._made += 1
        name = f"new {self._made}"
        self.services.accounts.add_account(name, [Role.EMPLOYEE])
        return self.services.accounts.new_password_link(name).code


def _report(name: str, document_id: int) -> dict[str, object]:
    return {"name": name, "outcome": "added", "document_id": document_id, "chunk_count": 1, "reason": None}


def _again(session: Session, entity: type[Entity], key: str, known: Sequence[int], values: dict[str, Any]) -> None:
    """Rows like those with these keys, with other values."""
    table = entity.__table__
    assert isinstance(table, Table)
    for row in session.execute(select(table).where(table.c[key].in_(known))).mappings().all():
        session.execute(insert(table).values(dict(row) | values))


@contextmanager
def organisation(
    folder: Path, cache: Path, services: Callable[[Settings, Clock], Services] = QuickServices
) -> Iterator[tuple[Organisation, Visits]]:
    clock = Clock()
    with services(unlimited(folder / "data", cache), clock) as opened:
        founded = Organisation(opened, clock, folder)
        with Visits(founded.app) as visits:
            yield founded, visits


def address_of(template: str, places: dict[str, object]) -> str:
    return template.format(**{name: quote(str(value), safe="") for name, value in places.items()})
