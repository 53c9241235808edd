"""How each operation is asked for: on something of one's own, of somebody else's, or on what is not there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from api.accounts.roles import Permission
from api.jobs.job import State
from api.operations import Operation
from corpus.audience import EVERYONE
from tests.api.rights.courses import absent_course, add_course, asked, filled_in
from tests.api.rights.organisation import BOARD, OTHER, QUOTE, Organisation, Placed, Thing, Who, address_of
from tests.api.rights.visits import Reply, Visits
from tests.sounds import vtt

PASSWORD = "eleven lively otters"
_BOUNDARY = "a-boundary-between-parts"
_ABSENT_ID = 990_000_000
_ABSENT_SECRET = "a" * 43
_CUES = vtt([(0.0, 2.0, "The seal of the fan."), (3.0, 5.0, "It is replaced.")])


class Aim(StrEnum):
    """What an operation is asked to do something with."""

    NOTHING = "-"
    OWN = "own"
    VISIBLE = "visible"
    """Somebody else's, that one may see."""
    FOREIGN = "foreign"
    """Somebody else's, that one may not know of."""
    ABSENT = "absent"
    FOREIGN_AUDIENCE = "foreign audience"
    """Named in what is sent: to add to, or to give to."""
    ABSENT_AUDIENCE = "absent audience"


COUNTERPARTS = {Aim.FOREIGN: Aim.ABSENT, Aim.FOREIGN_AUDIENCE: Aim.ABSENT_AUDIENCE}
"""What must look the same."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to be sent. `said`: what in it names the object, to be blanked out of replies."""

    method: str
    address: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    json_body: object = None
    said: tuple[str, ...] = ()

    def send(self, visits: Visits) -> Reply:
        return visits(self.method, self.address, self.headers, self.body, self.query or None, self.form, self.json_body)


def aims(operation: Operation) -> tuple[Aim, ...]:
    """Every kind of object that this operation can be asked about."""
    key = (operation.method, operation.path)
    path = operation.path
    if key in _INTO_AUDIENCE and "{document_id}" not in path:
        return (Aim.NOTHING, Aim.FOREIGN_AUDIENCE, Aim.ABSENT_AUDIENCE)
    if key == ("POST", "/api/citations") or any(
        place in path for place in ("{document_id}", "{job_id}", "{source_id}", "{course_id}")
    ):
        found: tuple[Aim, ...] = (Aim.OWN, Aim.VISIBLE, Aim.FOREIGN, Aim.ABSENT)
        return (*found, Aim.FOREIGN_AUDIENCE, Aim.ABSENT_AUDIENCE) if key in _INTO_AUDIENCE else found
    if (path.startswith(("/api/admin/", "/admin/")) and "{" in path) or "{code}" in path:
        # Everything of this kind is in the hands of whoever may do it at all.
        return (Aim.OWN, Aim.ABSENT)
    if any(place in path for place in ("{upload_id}", "{key_id}", "{session_id}")):
        return (Aim.OWN, Aim.FOREIGN, Aim.ABSENT)
    return (Aim.NOTHING,)


class Asking:
    """Prepares requests, with an object of its own for each, so that none sees what another has left."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._asked = 0

    def prepare(self, operation: Operation, who: Who, aim: Aim, headers: Mapping[str, str] | None = None) -> Prepared:
        """`headers`: of somebody who is signed in already, to ask in the same name again."""
        self._asked += 1
        key = (operation.method, operation.path)
        of_the_people = dict(self._organisation.enter(who) if headers is None else headers)
        if key == ("POST", "/account/password") and headers is None and of_the_people and who not in _WITHOUT_ACCOUNT:
            self._organisation.choose_password(who.user, PASSWORD)
            of_the_people = self._organisation.enter(who)
        placed = self._placed(operation, who, aim)
        places = self._places(operation, who, aim, placed)
        is_page = not operation.path.startswith(("/api/", "/metrics", "/health", "/ready"))
        accept = "text/html" if is_page else "application/json"
        audience = {Aim.FOREIGN_AUDIENCE: BOARD, Aim.ABSENT_AUDIENCE: f"bored {self._asked}"}.get(aim, EVERYONE)
        if key == ("GET", "/api/documents/{document_id}/audience/{audience}"):
            places["audience"] = audience
        prepared = Prepared(
            operation.method,
            ""
            if "{course_id}" in operation.path
            else address_of(
                operation.path, {name: value for name, value in places.items() if f"{{{name}}}" in operation.path}
            ),
            of_the_people | {"Accept": accept},
            said=(*(str(value) for name, value in places.items() if name.endswith(("_id", "code"))), audience),
        )
        if "{course_id}" in operation.path:
            return self._about_course(operation, aim, own_or_other(who, aim), prepared)
        fill = _BODIES.get(key)
        return (
            prepared
            if fill is None
            else fill(prepared, _Given(self._asked, places, audience, str(self._organisation.empty_folder)))
        )

    def _about_course(self, operation: Operation, aim: Aim, maker: str, prepared: Prepared) -> Prepared:
        audience = BOARD if aim is Aim.FOREIGN else EVERYONE
        placed = (
            absent_course(_ABSENT_ID + 4)
            if aim is Aim.ABSENT
            else add_course(self._organisation, operation, maker, audience)
        )
        names = ("course_id", "lesson_id", "part_id", "claim_id", "comment_id", "risk_id")
        places: dict[str, object] = {name: getattr(placed, name) for name in names if f"{{{name}}}" in operation.path}
        headers, query, body = asked(operation, placed)
        return replace(
            prepared,
            address=address_of(operation.path, places),
            headers={**prepared.headers, **headers},
            query=query,
            form=filled_in(operation, placed),
            json_body=body,
            said=tuple(map(str, places.values())),
        )

    def _placed(self, operation: Operation, who: Who, aim: Aim) -> Placed:
        thing = Thing.TEXT
        if operation.name == "document.page":
            thing = Thing.PICTURE
        elif operation.name in _OF_RECORDINGS:
            thing = Thing.RECORDING
        needs_one = "{document_id}" in operation.path or operation.name == "citation.place"
        if not needs_one or aim is Aim.ABSENT:
            return Placed(_ABSENT_ID + 1, _ABSENT_ID + 2, _ABSENT_ID + 3)
        is_own = aim in (Aim.OWN, Aim.FOREIGN_AUDIENCE, Aim.ABSENT_AUDIENCE)
        owner = (who.user or OTHER) if is_own else OTHER
        return self._organisation.add(thing, owner, BOARD if aim is Aim.FOREIGN else EVERYONE)

    def _places(self, operation: Operation, who: Who, aim: Aim, placed: Placed) -> dict[str, object]:
        places: dict[str, object] = {
            "document_id": placed.document_id,
            "version_id": placed.version_id,
            "chunk_id": placed.chunk_id,
            "page": 1,
            "kind": "folder",
        }
        owner = own_or_other(who, aim)
        audience = BOARD if aim is Aim.FOREIGN else EVERYONE
        made: dict[str, Callable[[], object]] = {
            "job_id": lambda: self._organisation.add_job(_STATES.get(operation.name, State.DONE), owner, audience),
            "source_id": lambda: self._organisation.add_source(owner, audience),
            "upload_id": lambda: self._organisation.add_upload(owner),
            "key_id": lambda: self._organisation.add_key(owner),
            "session_id": lambda: self._organisation.add_session(owner),
            "code": self._organisation.add_link,
            "account_id": self._organisation.add_account,
            "group_id": self._organisation.add_group,
            "user_id": self._organisation.add_account,
            "audience_id": self._organisation.add_audience,
            "principal_id": self._organisation.add_group,
        }
        for name, make in made.items():
            if f"{{{name}}}" in operation.path:
                absent = _ABSENT_SECRET if name in ("upload_id", "code") else _ABSENT_ID + 4
                places[name] = absent if aim is Aim.ABSENT else make()
        if aim is not Aim.ABSENT:
            self._join(operation, places)
        return places

    def _join(self, operation: Operation, places: Mapping[str, object]) -> None:
        """So that there is something to take apart."""
        if operation.name == "group.leave":
            self._organisation.services.groups.join(int(str(places["group_id"])), int(str(places["user_id"])))
        if operation.name == "audience.deny":
            self._organisation.let_in(int(str(places["audience_id"])), int(str(places["principal_id"])))


def own_or_other(who: Who, aim: Aim) -> str:
    """Whose it is that is asked about. Whoever is disabled can begin nothing any more."""
    own = OTHER if who is Who.DISABLED else who.user or OTHER
    return own if aim is Aim.OWN else OTHER


@dataclass(frozen=True, slots=True)
class _Given:
    """`number`: no two requests have the same."""

    number: int
    places: Mapping[str, object]
    audience: str
    folder: str


Fill = Callable[[Prepared, _Given], Prepared]


def _json(**fixed: object) -> Fill:
    return lambda prepared, given: replace(prepared, json_body=fixed)


def _form(**fixed: str) -> Fill:
    return lambda prepared, given: replace(prepared, form=fixed)


def _query(**fixed: str) -> Fill:
    return lambda prepared, given: replace(prepared, query=fixed)


def _file(name: str, content: bytes | None, into_audience: bool = False, called: str = "file") -> Fill:
    def fill(prepared: Prepared, given: _Given) -> Prepared:
        sent = content if content is not None else f"Note {given.number} says something that no other says.".encode()
        fields = {"audience": given.audience} if into_audience else {}
        head = "".join(
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in fields.items()
        )
        file = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{called}"; filename="{name}"\r\n\r\n'
        body = f"{head}{file}".encode() + sent + f"\r\n--{_BOUNDARY}--\r\n".encode()
        content_type = f"multipart/form-data; boundary={_BOUNDARY}"
        return replace(prepared, body=body, headers={**prepared.headers, "Content-Type": content_type})

    return fill


def _piece(prepared: Prepared, given: _Given) -> Prepared:
    headers = {**prepared.headers, "Content-Type": "application/octet-stream", "Upload-Offset": "0"}
    return replace(prepared, body=b"a piece", headers=headers)


def _complete(prepared: Prepared, given: _Given) -> Prepared:
    """Of nothing that was sent: whoever may complete it is told that nothing is there to complete."""
    return replace(prepared, json_body={"size": 5})


def _quote(prepared: Prepared, given: _Given) -> Prepared:
    chunk_id = str(given.places["chunk_id"])
    return replace(prepared, json_body={"chunk_id": int(chunk_id), "quote": QUOTE}, said=(chunk_id,))


def _source(prepared: Prepared, given: _Given) -> Prepared:
    new = {"name": f"notes {given.number}", "kind": "folder", "address": given.folder, "audience": given.audience}
    return replace(prepared, json_body=new)


def _source_form(prepared: Prepared, given: _Given) -> Prepared:
    new = {"name": f"notes {given.number}", "address": given.folder, "audience": given.audience}
    return replace(prepared, form=new)


def _beginning(prepared: Prepared, given: _Given) -> Prepared:
    return replace(prepared, json_body={"title": "talk", "media_type": "audio/webm", "audience": given.audience})


def _course(prepared: Prepared, given: _Given) -> Prepared:
    return replace(prepared, json_body={"title": "Leave", "audience": given.audience, "draft": "nothing"})


def _studio(prepared: Prepared, given: _Given) -> Prepared:
    return replace(prepared, form={"title": "Leave", "notes": "There is leave.", "audience": given.audience})


def _moved(prepared: Prepared, given: _Given) -> Prepared:
    return replace(prepared, json_body={"audience": given.audience})


def _moved_form(prepared: Prepared, given: _Given) -> Prepared:
    return replace(prepared, form={"audience": given.audience, "agreed": "true"})


def _cues(prepared: Prepared, given: _Given) -> Prepared:
    form = {"version_id": str(given.places["version_id"]), "first": "0", "text": "The seal.", "speaker": "Ana"}
    return replace(prepared, form=form)


def _speaker(prepared: Prepared, given: _Given) -> Prepared:
    return replace(prepared, form={"version_id": str(given.places["version_id"]), "name": "Ana"})


def _named(**fixed: object) -> Fill:
    return lambda prepared, given: replace(prepared, json_body={"name": f"some {given.number}", **fixed})


def _named_form(**fixed: str) -> Fill:
    return lambda prepared, given: replace(prepared, form={"name": f"some {given.number}", **fixed})


def _people(prepared: Prepared, given: _Given) -> Prepared:
    table = f"name,display_name,roles,groups\nlisted {given.number},Listed,employee,\n"
    return replace(prepared, json_body={"table": table})


def _failing_sign_in(prepared: Prepared, given: _Given) -> Prepared:
    return replace(prepared, form={"name": f"nobody {given.number}", "password": "a wrong one"})


_STATES = {"job.cancel": State.WAITING, "job.retry": State.FAILED}
_WITHOUT_ACCOUNT = (Who.DISABLED, Who.KEY, Who.EXPIRED_KEY)
_OF_RECORDINGS = frozenset(
    {"document.play", "document.subtitles", "document.attach_transcript", "transcript.edit", "transcript.change"}
)
_INTO_AUDIENCE = frozenset(
    {
        ("POST", "/api/documents"),
        ("POST", "/api/courses"),
        ("POST", "/studio"),
        ("POST", "/library"),
        ("POST", "/api/sources"),
        ("POST", "/sources/new/{kind}"),
        ("POST", "/api/uploads"),
        ("PUT", "/api/documents/{document_id}/audience"),
        ("GET", "/api/documents/{document_id}/audience/{audience}"),
        ("POST", "/library/documents/{document_id}/audience"),
    }
)
_BODIES: Mapping[tuple[str, str], Fill] = {
    ("GET", "/"): _query(q="How many days of leave are there?"),
    ("POST", "/api/ask"): _json(question="How many days of leave are there?"),
    ("GET", "/api/search"): _query(q="leave"),
    ("POST", "/api/citations"): _quote,
    ("POST", "/api/documents"): _file("note.md", None, into_audience=True),
    ("POST", "/library"): _file("note.md", None, into_audience=True),
    ("POST", "/api/documents/{document_id}/versions"): _file("note.md", None),
    ("POST", "/library/documents/{document_id}/versions"): _file("note.md", None),
    ("PUT", "/api/documents/{document_id}/audience"): _moved,
    ("POST", "/library/documents/{document_id}/audience"): _moved_form,
    ("PUT", "/api/documents/{document_id}/care"): _json(owner="emma", review_days=30),
    ("POST", "/library/documents/{document_id}/care"): _form(owner="emma", review_days="30"),
    ("POST", "/api/documents/{document_id}/transcript"): _file("talk.vtt", _CUES),
    ("POST", "/library/documents/{document_id}/transcript"): _file("talk.vtt", _CUES),
    ("POST", "/documents/{document_id}/transcript"): _cues,
    ("POST", "/documents/{document_id}/transcript/speaker"): _speaker,
    ("POST", "/api/courses"): _course,
    ("POST", "/studio"): _studio,
    ("POST", "/api/uploads"): _beginning,
    ("PATCH", "/api/uploads/{upload_id}"): _piece,
    ("POST", "/api/uploads/{upload_id}/complete"): _complete,
    ("POST", "/api/sources"): _source,
    ("POST", "/api/sources/{source_id}/sync"): _json(confirmed=0),
    ("POST", "/sources/new/{kind}"): _source_form,
    ("POST", "/sources/{source_id}/sync"): _form(confirmed="0"),
    ("POST", "/sources/{source_id}/remove"): _form(keep=""),
    ("POST", "/api/admin/accounts"): _named(),
    ("PUT", "/api/admin/accounts/{account_id}/roles"): _json(roles=["reviewer"]),
    ("POST", "/api/admin/people"): _people,
    ("GET", "/api/admin/principals"): _query(kind="user", name=OTHER),
    ("POST", "/api/admin/principals"): _named(kind="group"),
    ("POST", "/api/admin/audiences"): _named(),
    ("POST", "/admin/people"): _named_form(role="employee"),
    ("POST", "/admin/import"): _file(
        "people.csv", b"name,display_name,roles,groups\nlisted,Listed,employee,\n", called="table"
    ),
    ("POST", "/admin/people/{account_id}/roles"): _form(role="reviewer"),
    ("POST", "/admin/people/{account_id}/groups"): _form(group="1"),
    ("POST", "/admin/groups"): _named_form(),
    ("POST", "/admin/groups/{group_id}/members"): _form(name=OTHER),
    ("POST", "/admin/audiences"): _named_form(),
    ("POST", "/as"): _form(user="owner"),
    ("POST", "/sign-in"): _failing_sign_in,
    ("POST", "/link/{code}"): _form(password=PASSWORD, again=PASSWORD),
    ("POST", "/account/password"): _form(present=PASSWORD, password=PASSWORD + " more", again=PASSWORD + " more"),
    ("POST", "/account/keys"): _form(name="a key", days="7", scope=Permission.READ),
    ("POST", "/api/local/ingest"): _json(files=[]),
    ("POST", "/api/local/erase/plan"): _json(targets=["user:nobody"]),
    ("POST", "/api/local/erase"): _json(targets=["user:nobody"]),
    ("POST", "/api/local/transcribe"): _json(document="1"),
    ("POST", "/api/local/keys"): _json(owner=OTHER, name="a key", scopes=["read"], days=7),
}
