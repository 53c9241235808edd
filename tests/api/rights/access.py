"""People, groups, audiences and documents that change at random, and an oracle of sets that says who sees what."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import select

from api.accounts.roles import Role
from api.jobs.job import State
from corpus.audience import EVERYONE, OWNER, Audience
from corpus.chunk import Chunk, ChunkKind, ChunkVector
from corpus.document import Document, Version, VersionText
from corpus.places import encode_places
from corpus.store import CorpusStore
from tests.api.rights.organisation import BOARD, OTHER, Organisation
from tests.api.rights.visits import Reply, Visits

USERS = ("ana", "ben", "cleo", "dan", "eve")
GROUPS = ("hr", "sales", "works")
AUDIENCES = (EVERYONE, "hr", "board", "plant")
SUBJECTS = ("leave", "salary", "travel", "pump")
MOST_DOCUMENTS = 40
_JSON = {"Accept": "application/json"}
_HTML = {"Accept": "text/html"}

T = TypeVar("T")
Choose = Callable[[Sequence[Any]], Any]


class Leak(AssertionError):
    """Somebody saw what the oracle says they may not, or did not see what they may."""


@dataclass
class Known:
    """What the oracle knows of a document. `marks`: words that stand in nothing else, of each version."""

    audience: str
    owner: str
    version_id: int
    chunk_id: int
    marks: list[str]
    job_id: int
    added_to: str
    """The audience that it came into."""
    removed: bool = False


@dataclass
class Oracle:
    """Who may see what, by nothing but sets."""

    groups_of: dict[str, set[str]] = field(default_factory=lambda: {user: set() for user in USERS})
    readers: dict[str, set[str]] = field(default_factory=dict)
    documents: dict[int, Known] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)

    def audiences(self, user: str) -> set[str]:
        principals = {f"user:{user}", f"group:{EVERYONE}"} | {f"group:{group}" for group in self.groups_of[user]}
        return {name for name, readers in self.readers.items() if readers & principals}

    def visible(self, user: str) -> set[int]:
        mine = self.audiences(user)
        return {key for key, known in self.documents.items() if not known.removed and known.audience in mine}

    def jobs(self, user: str) -> set[int]:
        """Of every document, also removed ones, that came into an audience of theirs and is in one of theirs now."""
        mine = self.audiences(user)
        return {known.job_id for known in self.documents.values() if {known.audience, known.added_to} <= mine}

    def job_titles(self, user: str) -> list[str]:
        """The marks in them: jobs stay when the document that they made is removed."""
        mine = self.jobs(user)
        return [known.marks[0] for known in self.documents.values() if known.job_id in mine]

    def readers_of(self, audience: str) -> set[str]:
        return {user for user in self.groups_of if user not in self.disabled and audience in self.audiences(user)}

    def hidden_marks(self, user: str) -> set[str]:
        visible = self.visible(user)
        return {mark for key, known in self.documents.items() if key not in visible for mark in known.marks}


class World:
    """Every step is taken over HTTP, where there is a way, and its outcome compared with the oracle's."""

    def __init__(self, organisation: Organisation, visits: Visits) -> None:
        self._organisation = organisation
        self._services = organisation.services
        self._visits = visits
        self._number = 0
        self._headers: dict[str, dict[str, str]] = {}
        self.oracle = Oracle()
        self.asked: Counter[str] = Counter()
        self._admin = organisation.sign_in("adam")[0]
        # The people whom the organisation has had before: nobody asks in their name, but they count as readers.
        for entry in self._services.accounts.list_accounts(500).entries:
            self.oracle.groups_of[entry.name] = {BOARD} if entry.name == OTHER else set()
        self._ids: dict[str, int] = {}
        for user in USERS:
            self._ids[user] = self._services.accounts.add_account(user, [Role.SME]).principal_id
            self._headers[user] = organisation.sign_in(user)[0]
        for group in GROUPS:
            reply = self._administer("POST", "/api/admin/principals", {"kind": "group", "name": group})
            self._ids[f"group:{group}"] = reply.said["principal_id"]
        with self._services.writing.begin() as session:
            store = CorpusStore(session)
            for audience in AUDIENCES:
                store.ensure_audience(audience, organisation.clock())
                self.oracle.readers[audience] = {f"group:{audience}", f"user:{OWNER}"}
            self._ids[f"group:{EVERYONE}"] = store.ensure_group(EVERYONE).id
        # Whoever is the first administrator takes over what the installation's owner could read.
        self.oracle.readers[EVERYONE].add("user:adam")
        for user in USERS:
            self._ids[f"user:{user}"] = self._ids[user]
        for audience in AUDIENCES:
            self.oracle.sources[organisation.add_source(USERS[0], audience)] = audience

    # What changes

    def join(self, choose: Choose) -> None:
        user, group = choose(USERS), choose(GROUPS)
        self._administer("PUT", f"/api/admin/groups/{self._ids[f'group:{group}']}/members/{self._ids[user]}")
        self.oracle.groups_of[user].add(group)

    def leave(self, choose: Choose) -> None:
        """Takes sight away from one."""
        joined = [(user, group) for user in USERS for group in sorted(self.oracle.groups_of[user])]
        if not joined:
            return
        user, group = choose(joined)
        before = self.oracle.visible(user)
        self._administer("DELETE", f"/api/admin/groups/{self._ids[f'group:{group}']}/members/{self._ids[user]}")
        self.oracle.groups_of[user].remove(group)
        self._check_lost(user, before)

    def allow(self, choose: Choose) -> None:
        audience, reader = (
            choose(AUDIENCES),
            choose([f"user:{user}" for user in USERS] + [f"group:{g}" for g in GROUPS]),
        )
        address = f"/api/admin/audiences/{self._audience_id(audience)}/readers/{self._ids[reader]}"
        before = self.oracle.readers_of(audience)
        foreseen = self._visits("GET", address, self._admin | _JSON).said["change"]
        self._administer("PUT", address)
        is_in = reader in self.oracle.readers[audience]
        self.oracle.readers[audience].add(reader)
        gained = self.oracle.readers_of(audience) - before
        if not is_in and foreseen["gain"] != len(gained):
            raise Leak(f"{address} foresees {foreseen}, but {sorted(gained)} gain sight")

    def deny(self, choose: Choose) -> None:
        audience = choose(AUDIENCES)
        there = sorted(reader for reader in self.oracle.readers[audience] if reader in self._ids)
        if not there:
            return
        reader = choose(there)
        before = {user: self.oracle.visible(user) for user in USERS}
        address = f"/api/admin/audiences/{self._audience_id(audience)}/readers/{self._ids[reader]}"
        reply = self._visits("DELETE", address, self._admin | _JSON)
        if reply.status == 409 and len(self.oracle.readers[audience]) == 1:
            return
        self._expect(reply, 200)
        self.oracle.readers[audience].remove(reader)
        for user in USERS:
            self._check_lost(user, before[user])

    def add(self, choose: Choose) -> None:
        """By somebody who reads that audience."""
        user = choose(USERS)
        mine = sorted(self.oracle.audiences(user))
        if not mine or sum(not known.removed for known in self.oracle.documents.values()) >= MOST_DOCUMENTS:
            return
        audience, subject = choose(mine), choose(SUBJECTS)
        mark = self._next_mark()
        with self._services.writing.begin() as session:
            store = CorpusStore(session)
            document = store.add(
                Document(
                    audience_id=store.get_audience(audience).id,
                    origin=f"test:{mark}",
                    name=f"{mark} {subject}.txt",
                    created_at=self._organisation.clock(),
                    owner=user,
                )
            )
            version_id, chunk_id = self._write(store, document, subject, mark)
            document_id = document.id
        job_id = self._organisation.add_job(State.DONE, user, audience, document_id, f"{mark} {subject}.txt")
        self.oracle.documents[document_id] = Known(audience, user, version_id, chunk_id, [mark], job_id, audience)
        self._services.indexes.follow()

    def replace(self, choose: Choose) -> None:
        document_id = self._some_document(choose)
        if document_id is None:
            return
        known, mark = self.oracle.documents[document_id], self._next_mark()
        with self._services.writing.begin() as session:
            document = session.get_one(Document, document_id)
            known.version_id, known.chunk_id = self._write(CorpusStore(session), document, choose(SUBJECTS), mark)
        known.marks.append(mark)
        self._services.indexes.follow()

    def move(self, choose: Choose) -> None:
        """By its owner, where they still see it."""
        document_id = self._some_document(choose)
        if document_id is None:
            return
        known = self.oracle.documents[document_id]
        audience = choose(AUDIENCES)
        before = {user: self.oracle.visible(user) for user in USERS}
        may = known.owner not in self.oracle.disabled and document_id in before[known.owner]
        may_name = audience in self.oracle.audiences(known.owner) or audience == EVERYONE
        address = f"/api/documents/{document_id}/audience"
        headers = self._headers[known.owner] | _JSON
        if may and may_name:
            foreseen = self._visits("GET", f"{address}/{audience}", headers).said
            after, now = self.oracle.readers_of(audience), self.oracle.readers_of(known.audience)
            if foreseen["lose"] != len(now - after):
                raise Leak(f"{address} foresees {foreseen}, but {sorted(now - after)} lose sight")
        reply = self._visits("PUT", address, headers, json_body={"audience": audience})
        if known.owner in self.oracle.disabled:
            self._expect(reply, 401)
            return
        self._expect(reply, 204 if may and may_name else 404)
        if reply.status == 204:
            known.audience = audience
            for user in USERS:
                self._check_lost(user, before[user])

    def remove(self, choose: Choose) -> None:
        document_id = self._some_document(choose)
        if document_id is None:
            return
        known = self.oracle.documents[document_id]
        before = {user: self.oracle.visible(user) for user in USERS}
        reply = self._visits("DELETE", f"/api/documents/{document_id}", self._headers[known.owner] | _JSON)
        if known.owner in self.oracle.disabled:
            self._expect(reply, 401)
            return
        self._expect(reply, 204 if document_id in before[known.owner] else 404)
        if reply.status == 204:
            known.removed = True
            for user in USERS:
                self._check_lost(user, before[user])

    def disable(self, choose: Choose) -> None:
        user = choose(USERS)
        if len(self.oracle.disabled) >= len(USERS) - 2:
            return
        self._administer("POST", f"/api/admin/accounts/{self._ids[user]}/disable")
        self.oracle.disabled.add(user)
        for address in ("/api/documents", "/api/search?q=leave", "/api/jobs", "/api/status"):
            self._expect(self._visits("GET", address, self._headers[user] | _JSON), 401)

    def enable(self, choose: Choose) -> None:
        if not self.oracle.disabled:
            return
        user = choose(sorted(self.oracle.disabled))
        self._administer("POST", f"/api/admin/accounts/{self._ids[user]}/enable")
        self.oracle.disabled.remove(user)
        # What was ended stays ended.
        self._expect(self._visits("GET", "/api/documents", self._headers[user] | _JSON), 401)
        self._headers[user] = self._organisation.sign_in(user)[0]

    # What is asked

    def list_documents(self, choose: Choose) -> None:
        user = self._somebody(choose)
        visible = self.oracle.visible(user)
        said = self._get(user, "/api/documents?limit=200").said
        self._same(user, "listed", {entry["document_id"] for entry in said["documents"]}, visible)
        self._same(user, "total", said["total"], len(visible))
        audience = choose(AUDIENCES)
        narrowed = {key for key in visible if self.oracle.documents[key].audience == audience}
        said = self._get(user, f"/api/documents?limit=200&audience={audience}").said
        self._same(user, f"of {audience}", {entry["document_id"] for entry in said["documents"]}, narrowed)
        self._same(user, "status", self._get(user, "/api/status").said["documents"], len(visible))

    def find_by_name(self, choose: Choose) -> None:
        user, document_id = self._somebody(choose), self._some_document(choose)
        if document_id is None:
            return
        mark = self.oracle.documents[document_id].marks[0]
        said = self._get(user, f"/api/documents?name={mark}", mark).said
        self._same(user, f"named {mark}", said["total"], int(document_id in self.oracle.visible(user)))

    def open_document(self, choose: Choose) -> None:
        """By every address that a document has."""
        user, document_id = self._somebody(choose), self._some_document(choose, also_removed=True)
        if document_id is not None:
            self._check_openings(user, document_id)

    def search(self, choose: Choose) -> None:
        user, document_id = self._somebody(choose), self._some_document(choose, also_removed=True)
        mark = "nothing" if document_id is None else self.oracle.documents[document_id].marks[-1]
        visible = self.oracle.visible(user)
        said = self._get(user, f"/api/search?q={choose(SUBJECTS)}+{mark}&limit=50", mark).said
        found = {passage["document_id"] for passage in said["passages"]}
        if not found <= visible:
            raise Leak(f"{user} found {sorted(found - visible)}")
        if document_id in visible and document_id not in found:
            raise Leak(f"{user} does not find {document_id} by {mark}")

    def ask(self, choose: Choose) -> None:
        user, document_id = self._somebody(choose), self._some_document(choose)
        mark = "nothing" if document_id is None else self.oracle.documents[document_id].marks[-1]
        question = f"What is said about {choose(SUBJECTS)} in {mark}?"
        accept = choose(["application/json", "text/event-stream"])
        headers = self._headers[user] | {"Accept": accept}
        reply = self._visits("POST", "/api/ask", headers, json_body={"question": question})
        self._expect(reply, 200)
        self._check_marks(user, reply, mark)
        cited = {int(number) for number in re.findall(r'"document_id":\s*(\d+)', reply.text)}
        if not cited <= self.oracle.visible(user):
            raise Leak(f"{user} is answered from {sorted(cited - self.oracle.visible(user))}")

    def list_jobs(self, choose: Choose) -> None:
        user = self._somebody(choose)
        ours = {known.job_id for known in self.oracle.documents.values()}
        said = self._get(user, "/api/jobs?limit=200", *self.oracle.job_titles(user)).said
        listed = {job["job_id"] for job in said["jobs"]} & ours
        wanted = self.oracle.jobs(user)
        if said["total"] <= 200:
            self._same(user, "jobs", listed, wanted)
        elif not listed <= wanted:
            raise Leak(f"{user} sees the jobs {sorted(listed - wanted)}")
        document_id = self._some_document(choose, also_removed=True)
        if document_id is not None:
            job_id = self.oracle.documents[document_id].job_id
            for address in (f"/api/jobs/{job_id}", f"/jobs/{job_id}", f"/api/jobs/{job_id}/events"):
                self._expect(self._visits("GET", address, self._headers[user]), 200 if job_id in wanted else 404)

    def list_audiences(self, choose: Choose) -> None:
        user = self._somebody(choose)
        said = {entry["name"]: entry["document_count"] for entry in self._get(user, "/api/audiences").said}
        visible = self.oracle.visible(user)
        wanted = {
            name: sum(self.oracle.documents[key].audience == name for key in visible)
            for name in self.oracle.audiences(user)
        }
        self._same(user, "audiences", {name: said[name] for name in said if name in AUDIENCES}, wanted)

    def list_sources(self, choose: Choose) -> None:
        user = self._somebody(choose)
        mine = self.oracle.audiences(user)
        said = {entry["source_id"] for entry in self._get(user, "/api/sources").said}
        self._same(user, "sources", said, {key for key, name in self.oracle.sources.items() if name in mine})
        for source_id, audience in self.oracle.sources.items():
            wanted = 200 if audience in mine else 404
            self._expect(self._visits("GET", f"/api/sources/{source_id}", self._headers[user] | _JSON), wanted)

    def look_at_pages(self, choose: Choose) -> None:
        """Nothing of what is hidden stands on any page."""
        user = self._somebody(choose)
        for path in ("/", "/library", "/jobs", "/sources", "/library/comparison"):
            reply = self._visits("GET", path, self._headers[user] | _HTML)
            self._expect(reply, 200)
            self._check_marks(user, reply, *(self.oracle.job_titles(user) if path == "/jobs" else ()))

    # How it is checked

    def _check_lost(self, user: str, before: set[int]) -> None:
        """That what somebody could see until now is out of sight with the next request."""
        if user in self.oracle.disabled:
            return
        lost = sorted(before - self.oracle.visible(user))
        for document_id in lost[:1]:
            self._check_openings(user, document_id)
            mark = self.oracle.documents[document_id].marks[-1]
            self._get(user, f"/api/search?q={mark}", mark)
            self._get(user, "/api/documents?limit=200")
            self._get(user, "/api/jobs?limit=200", *self.oracle.job_titles(user))

    def _check_openings(self, user: str, document_id: int) -> None:
        known = self.oracle.documents[document_id]
        sees = document_id in self.oracle.visible(user)
        base = f"/api/documents/{document_id}"
        version = f"{base}/versions/{known.version_id}"
        absent = 404 if not sees else None
        for address, wanted in (
            (base, 200),
            (f"{version}/text", 200),
            (f"{version}/pages/1.png", 422),
            (f"{version}/media", 404),
            (f"{version}/transcript.vtt", 404),
            (f"/documents/{document_id}", 302),
            (f"/documents/{document_id}/versions/{known.version_id}", 200),
            (f"/library/documents/{document_id}", 200),
        ):
            reply = self._visits("GET", address, self._headers[user] | _JSON)
            self._expect(reply, absent or wanted)
            self._check_marks(user, reply)
        quote = {"chunk_id": known.chunk_id, "quote": known.marks[-1]}
        reply = self._visits("POST", "/api/citations", self._headers[user] | _JSON, json_body=quote)
        self._expect(reply, absent or 200)
        self._check_marks(user, reply)

    def _get(self, user: str, address: str, *said: str) -> Reply:
        reply = self._visits("GET", address, self._headers[user] | _JSON)
        self._expect(reply, 200)
        self._check_marks(user, reply, *said)
        return reply

    def _check_marks(self, user: str, reply: Reply, *said: str) -> None:
        """`said`: what stood in the question."""
        self.asked["replies"] += 1
        found = set(re.findall(r"mark\d+x", reply.text)) & self.oracle.hidden_marks(user) - set(said)
        if found:
            raise Leak(f"{user} reads {sorted(found)} in {reply.text[:500]}")

    def _expect(self, reply: Reply, status: int) -> None:
        self.asked["requests"] += 1
        if reply.status != status:
            raise Leak(f"{reply.status} instead of {status}: {reply.text[:500]}")

    def _same(self, user: str, what: str, found: object, wanted: object) -> None:
        if found != wanted:
            raise Leak(f"{user}, {what}: {found} instead of {wanted}")

    def _somebody(self, choose: Choose) -> str:
        user: str = choose([user for user in USERS if user not in self.oracle.disabled])
        return user

    def _some_document(self, choose: Choose, also_removed: bool = False) -> int | None:
        there = [key for key, known in self.oracle.documents.items() if also_removed or not known.removed]
        # The newest many: of what was removed long ago nothing more can be lost.
        chosen: int | None = choose(there[-2 * MOST_DOCUMENTS :]) if there else None
        return chosen

    def _administer(self, method: str, address: str, body: object = None) -> Reply:
        reply = self._visits(method, address, self._admin | _JSON, json_body=body)
        if reply.status not in (200, 201):
            raise Leak(f"{method} {address}: {reply.status} {reply.text[:300]}")
        return reply

    def _audience_id(self, name: str) -> int:
        with self._services.sessions() as session:
            return session.scalars(select(Audience.id).where(Audience.name == name)).one()

    def _next_mark(self) -> str:
        self._number += 1
        return f"mark{self._number}x"

    def _write(self, store: CorpusStore, document: Document, subject: str, mark: str) -> tuple[int, int]:
        words = f"About {subject} says {mark} all there is."
        version = store.add(
            Version(
                document_id=document.id,
                number=store.next_version_number(document.id),
                content_hash="0" * 64,
                size=len(words),
                media_type="text/plain",
                title=document.name,
                language="en",
                recipe="test",
                created_at=self._organisation.clock(),
            )
        )
        store.add(VersionText(version_id=version.id, text=words, places=encode_places([])))
        chunk = store.add(
            Chunk(
                version_id=version.id,
                ordinal=0,
                kind=ChunkKind.PROSE,
                headings=[],
                text=words,
                pieces=[[0, 0, len(words)]],
                token_count=len(words.split()),
            )
        )
        vector = self._services.embedder.embed([words])[0].astype(np.dtype("<f2")).tobytes()
        store.add(ChunkVector(chunk_id=chunk.id, model_id=self._services.model_id, vector=vector))
        store.activate(document, version)
        return version.id, chunk.id


CHANGES = (
    "join",
    "leave",
    "allow",
    "deny",
    "add",
    "add",
    "add",
    "replace",
    "move",
    "move",
    "remove",
    "disable",
    "enable",
)
QUERIES = (
    "list_documents",
    "find_by_name",
    "open_document",
    "search",
    "search",
    "ask",
    "list_jobs",
    "list_audiences",
    "list_sources",
    "look_at_pages",
)


def take_step(world: World, choose: Choose) -> str:
    """A change, or a question. Returns what it was. Raises `Leak`."""
    name: str = choose(choose([CHANGES, QUERIES, QUERIES]))
    getattr(world, name)(choose)
    world.asked[name] += 1
    return name
