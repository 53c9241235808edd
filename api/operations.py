"""Every operation: who may do it, how it is recorded and limited. The gate lets nothing through that is not listed."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from starlette.routing import compile_path

from api.accounts.roles import Permission
from api.limits.rates import OperationKind

READ, CONTRIBUTE, REVIEW, APPROVE, ADMINISTER = (
    Permission.READ,
    Permission.CONTRIBUTE,
    Permission.REVIEW,
    Permission.APPROVE,
    Permission.ADMINISTER,
)


class Door(StrEnum):
    """Who gets to an operation that asks for no permission."""

    OPEN = "open"
    """Nobody is even asked who they are."""
    ANYBODY = "anybody"
    SIGNED_IN = "signed in"
    ON_TRIAL = "on trial"
    """Only where there are no accounts."""
    LOCAL = "local"
    """Only processes that can read the data folder."""


class Recorded(StrEnum):
    """How the audit log learns of it."""

    FIRST = "first"
    """Before it is done, and once more if it fails: nothing is changed without an entry."""
    AFTER = "after"
    """When it was done; durable soon."""
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Operation:
    """`name` is what the audit log, metrics and the table of rights call it; the object's kind comes before the dot.

    `parameter`: only where the query has it; the row without one is then for requests that do not.
    """

    method: str
    path: str
    name: str
    needs: Permission | Door
    recorded: Recorded
    load: OperationKind
    parameter: str = ""
    pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", compile_path(self.path)[0])


class RouteWithoutOperation(Exception):
    """A mistake in the program: a route that nobody has said who may call, or a row without a route."""


class Operations:
    def __init__(self, operations: Iterable[Operation]) -> None:
        self._all = tuple(operations)
        self._fixed = {(row.method, row.path): row for row in self._all if "{" not in row.path and not row.parameter}
        self._by_parameter = {(row.method, row.path): row for row in self._all if row.parameter}
        self._open = tuple(row for row in self._all if "{" in row.path)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._all)

    def find(
        self, method: str, path: str, parameters: Collection[str] = ()
    ) -> tuple[Operation, Mapping[str, str]] | None:
        """With what stands in the path's places. `HEAD` is as `GET`."""
        method = "GET" if method == "HEAD" else method
        asked = self._by_parameter.get((method, path))
        if asked is not None and asked.parameter in parameters:
            return asked, {}
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return fixed, {}
        for row in self._open:
            if row.method == method and (match := row.pattern.match(path)):
                return row, match.groupdict()
        return None

    def methods_at(self, path: str) -> list[str]:
        """What else is possible there."""
        return sorted({row.method for row in self._all if row.pattern.match(path)})

    def check(self, routes: Iterable[tuple[str, str]]) -> None:
        """That these routes (method, path) and the rows are the same. Raises `RouteWithoutOperation`."""
        there, listed = set(routes), {(row.method, row.path) for row in self._all}
        if there != listed:
            missing, unused = sorted(there - listed), sorted(listed - there)
            raise RouteWithoutOperation(f"routes without a row: {missing}; rows without a route: {unused}")


def _get(path: str, name: str, needs: Permission | Door = READ, recorded: Recorded = Recorded.NOT) -> Operation:
    return Operation("GET", path, name, needs, recorded, OperationKind.READ)


def _change(
    method: str, path: str, name: str, needs: Permission | Door, load: OperationKind = OperationKind.WRITE
) -> Operation:
    return Operation(method, path, name, needs, Recorded.FIRST, load)


_AFTER = Recorded.AFTER
_UPLOAD = OperationKind.UPLOAD

OPERATIONS = Operations(
    (
        # Asking
        _get("/", "question.begin"),
        Operation("GET", "/", "question.ask", READ, _AFTER, OperationKind.ASK, "q"),
        Operation("POST", "/api/ask", "question.ask", READ, _AFTER, OperationKind.ASK),
        Operation("GET", "/api/search", "question.search", READ, _AFTER, OperationKind.ASK),
        Operation("POST", "/api/citations", "citation.place", READ, Recorded.NOT, OperationKind.READ),
        # Documents
        _get("/api/documents", "document.list"),
        _change("POST", "/api/documents", "document.add", CONTRIBUTE, _UPLOAD),
        _get("/api/documents/{document_id}", "document.show"),
        _change("DELETE", "/api/documents/{document_id}", "document.delete", CONTRIBUTE),
        _change("POST", "/api/documents/{document_id}/versions", "document.replace", CONTRIBUTE, _UPLOAD),
        _change("PUT", "/api/documents/{document_id}/audience", "document.move", CONTRIBUTE),
        _get("/api/documents/{document_id}/audience/{audience}", "document.foresee_move", CONTRIBUTE),
        _change("PUT", "/api/documents/{document_id}/care", "document.look_after", CONTRIBUTE),
        _change("POST", "/api/documents/{document_id}/review", "document.review", REVIEW),
        _get("/api/documents/{document_id}/versions/{version_id}/text", "document.read", recorded=_AFTER),
        _get("/api/documents/{document_id}/versions/{version_id}/pages/{page}.png", "document.page"),
        _get("/api/documents/{document_id}/versions/{version_id}/original", "document.download", recorded=_AFTER),
        _get("/api/documents/{document_id}/versions/{version_id}/media", "document.play"),
        _get("/api/documents/{document_id}/versions/{version_id}/transcript.vtt", "document.subtitles"),
        _change("POST", "/api/documents/{document_id}/transcript", "document.attach_transcript", CONTRIBUTE, _UPLOAD),
        _get("/api/audiences", "audience.list"),
        _get("/library", "document.list"),
        _change("POST", "/library", "document.add", CONTRIBUTE, _UPLOAD),
        _get("/library/comparison", "document.compare"),
        _get("/library/documents/{document_id}", "document.show"),
        _change("POST", "/library/documents/{document_id}/audience", "document.move", CONTRIBUTE),
        _change("POST", "/library/documents/{document_id}/care", "document.look_after", CONTRIBUTE),
        _change("POST", "/library/documents/{document_id}/review", "document.review", REVIEW),
        _change("POST", "/library/documents/{document_id}/versions", "document.replace", CONTRIBUTE, _UPLOAD),
        _change(
            "POST", "/library/documents/{document_id}/transcript", "document.attach_transcript", CONTRIBUTE, _UPLOAD
        ),
        _get("/library/documents/{document_id}/delete", "document.ask_delete", CONTRIBUTE),
        _change("POST", "/library/documents/{document_id}/delete", "document.delete", CONTRIBUTE),
        _get("/documents/{document_id}", "document.read", recorded=_AFTER),
        _get("/documents/{document_id}/versions/{version_id}", "document.read", recorded=_AFTER),
        _get("/documents/{document_id}/transcript", "transcript.edit", CONTRIBUTE),
        _change("POST", "/documents/{document_id}/transcript", "transcript.change", CONTRIBUTE),
        _change("POST", "/documents/{document_id}/transcript/speaker", "transcript.change", CONTRIBUTE),
        # Recordings in pieces
        _get("/record", "recording.record", CONTRIBUTE),
        _change("POST", "/api/uploads", "upload.begin", CONTRIBUTE),
        _get("/api/uploads/{upload_id}", "upload.show", CONTRIBUTE),
        Operation("PATCH", "/api/uploads/{upload_id}", "upload.send", CONTRIBUTE, Recorded.NOT, _UPLOAD),
        _change("POST", "/api/uploads/{upload_id}/complete", "upload.complete", CONTRIBUTE),
        _change("DELETE", "/api/uploads/{upload_id}", "upload.discard", CONTRIBUTE),
        # Jobs
        _get("/api/jobs", "job.list"),
        _get("/api/jobs/events", "job.follow_all"),
        _get("/api/jobs/{job_id}", "job.show"),
        _get("/api/jobs/{job_id}/events", "job.follow"),
        _change("POST", "/api/jobs/{job_id}/cancel", "job.cancel", CONTRIBUTE),
        _change("POST", "/api/jobs/{job_id}/retry", "job.retry", CONTRIBUTE),
        _get("/jobs", "job.list"),
        _get("/jobs/{job_id}", "job.show"),
        _change("POST", "/jobs/{job_id}/cancel", "job.cancel", CONTRIBUTE),
        _change("POST", "/jobs/{job_id}/retry", "job.retry", CONTRIBUTE),
        # Courses. What is not published is, to who neither contributes nor reviews, as absent.
        _change("POST", "/api/courses", "course.draft", CONTRIBUTE, OperationKind.ASK),
        _get("/api/courses", "course.list"),
        _get("/api/courses/queue", "course.list_waiting"),
        _get("/api/courses/risks", "course.list_risks"),
        _get("/api/courses/{course_id}", "course.show"),
        _get("/api/courses/{course_id}/publication", "course.read", recorded=_AFTER),
        _change("POST", "/api/courses/{course_id}/draft", "course.draft", CONTRIBUTE, OperationKind.ASK),
        _change("PUT", "/api/courses/{course_id}/outline", "course.outline", CONTRIBUTE),
        _change("POST", "/api/courses/{course_id}/parts", "course.edit", CONTRIBUTE),
        _change("PUT", "/api/courses/{course_id}/parts/{part_id}", "course.edit", CONTRIBUTE),
        _change("DELETE", "/api/courses/{course_id}/parts/{part_id}", "course.edit", CONTRIBUTE),
        _change("POST", "/api/courses/{course_id}/moves", "course.edit", CONTRIBUTE),
        _change(
            "POST", "/api/courses/{course_id}/parts/{part_id}/redraft", "course.redraft", CONTRIBUTE, OperationKind.ASK
        ),
        _change("POST", "/api/courses/{course_id}/parts/{part_id}/bind", "course.bind", CONTRIBUTE),
        _change("POST", "/api/courses/{course_id}/parts/{part_id}/sign", "course.sign", CONTRIBUTE),
        _get("/api/courses/{course_id}/parts/{part_id}/versions", "course.show"),
        _change("POST", "/api/courses/{course_id}/parts/{part_id}/take-back", "course.edit", CONTRIBUTE),
        _change("POST", "/api/courses/{course_id}/confirm", "course.confirm", CONTRIBUTE),
        _change("POST", "/api/courses/{course_id}/submit", "course.submit", CONTRIBUTE),
        _change("POST", "/api/courses/{course_id}/withdraw", "course.withdraw", CONTRIBUTE),
        _change("POST", "/api/courses/{course_id}/decisions", "course.decide", APPROVE),
        _change("POST", "/api/courses/{course_id}/publications", "course.publish", APPROVE),
        _change("POST", "/api/courses/{course_id}/retirements", "course.retire", APPROVE),
        _change("PUT", "/api/courses/{course_id}/parts/{part_id}/verdict", "course.accept_part", APPROVE),
        _change("DELETE", "/api/courses/{course_id}/parts/{part_id}/verdict", "course.unaccept_part", APPROVE),
        _change("POST", "/api/courses/{course_id}/comments", "course.comment", REVIEW),
        _change("POST", "/api/courses/{course_id}/comments/{comment_id}/take", "course.edit", CONTRIBUTE),
        _change("POST", "/api/courses/{course_id}/comments/{comment_id}/resolve", "course.resolve_comment", REVIEW),
        _change("POST", "/api/courses/{course_id}/risks/{risk_id}/accept", "course.accept_risk", REVIEW),
        _change("POST", "/api/courses/{course_id}/risks/{risk_id}/mend", "course.edit", CONTRIBUTE),
        _get("/api/courses/{course_id}/history", "course.show"),
        _get("/api/courses/{course_id}/diff", "course.show"),
        _get("/api/courses/{course_id}/export", "course.export", recorded=_AFTER),
        # Sources
        _get("/api/sources", "source.list", CONTRIBUTE),
        _change("POST", "/api/sources", "source.add", CONTRIBUTE),
        _get("/api/sources/{source_id}", "source.show", CONTRIBUTE),
        _change("POST", "/api/sources/{source_id}/sync", "source.sync", CONTRIBUTE),
        _change("DELETE", "/api/sources/{source_id}", "source.remove", CONTRIBUTE),
        _get("/sources", "source.list", CONTRIBUTE),
        _get("/sources/new/{kind}", "source.describe", CONTRIBUTE),
        _change("POST", "/sources/new/{kind}", "source.add", CONTRIBUTE),
        _get("/sources/{source_id}", "source.show", CONTRIBUTE),
        _change("POST", "/sources/{source_id}/sync", "source.sync", CONTRIBUTE),
        _get("/sources/{source_id}/remove", "source.ask_remove", CONTRIBUTE),
        _change("POST", "/sources/{source_id}/remove", "source.remove", CONTRIBUTE),
        # Courses: where they are written
        _get("/studio", "course.list", CONTRIBUTE),
        _change("POST", "/studio", "course.draft", CONTRIBUTE, OperationKind.ASK),
        _get("/studio/{course_id}", "course.show", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/draft", "course.draft", CONTRIBUTE, OperationKind.ASK),
        _change("POST", "/studio/{course_id}/outline", "course.outline", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/confirm", "course.confirm", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/submit", "course.submit", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/withdraw", "course.withdraw", CONTRIBUTE),
        _get("/studio/{course_id}/checks", "course.show", CONTRIBUTE),
        _get("/studio/{course_id}/preview", "course.show", CONTRIBUTE),
        _get("/studio/{course_id}/history", "course.show", CONTRIBUTE),
        _get("/studio/{course_id}/risks", "course.show", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/risks/{risk_id}/accept", "course.accept_risk", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/risks/{risk_id}/mend", "course.edit", CONTRIBUTE),
        _get("/studio/{course_id}/comments", "course.show", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/comments", "course.comment", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/comments/{comment_id}/take", "course.edit", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/comments/{comment_id}/resolve", "course.resolve_comment", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/lessons/{lesson_id}", "course.edit", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/parts/{part_id}", "course.edit", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/parts/{part_id}/place", "course.edit", CONTRIBUTE),
        _get("/studio/{course_id}/parts/{part_id}/versions", "course.show", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/parts/{part_id}/redraft", "course.redraft", CONTRIBUTE, OperationKind.ASK),
        _change("POST", "/studio/{course_id}/parts/{part_id}/take-back", "course.edit", CONTRIBUTE),
        _get("/studio/{course_id}/parts/{part_id}/claims/{claim_id}", "course.find_evidence", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/parts/{part_id}/claims/{claim_id}/bind", "course.bind", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/parts/{part_id}/claims/{claim_id}/unbind", "course.edit", CONTRIBUTE),
        _change("POST", "/studio/{course_id}/parts/{part_id}/claims/{claim_id}/sign", "course.sign", CONTRIBUTE),
        # Courses: where they are reviewed
        _get("/review", "course.list_waiting", APPROVE),
        _get("/review/{course_id}", "course.show", APPROVE),
        _change("POST", "/review/{course_id}/parts/{part_id}/accept", "course.accept_part", APPROVE),
        _change("POST", "/review/{course_id}/parts/{part_id}/unaccept", "course.unaccept_part", APPROVE),
        _change("POST", "/review/{course_id}/comments", "course.comment", APPROVE),
        _change("POST", "/review/{course_id}/decision", "course.decide", APPROVE),
        _change("POST", "/review/{course_id}/publish", "course.publish", APPROVE),
        _change("POST", "/review/{course_id}/retire", "course.retire", APPROVE),
        _change("POST", "/review/{course_id}/assign", "course.assign", APPROVE),
        # The installation
        _get("/api/status", "installation.status"),
        _get("/api/openapi.json", "installation.describe_api", Door.OPEN),
        _get("/health", "installation.health", Door.OPEN),
        _get("/ready", "installation.ready", Door.ANYBODY),
        _get("/metrics", "installation.metrics", ADMINISTER),
        _get("/styleguide", "installation.styleguide", Door.ANYBODY),
        # Signing in, and one's own account
        _change("POST", "/as", "account.view_as", Door.ON_TRIAL),
        _get("/sign-in", "account.show_sign_in", Door.ANYBODY),
        Operation("POST", "/sign-in", "account.sign_in", Door.ANYBODY, Recorded.NOT, OperationKind.SIGN_IN),
        # Of a sign-in with the provider only its begin counts as an attempt, and nothing that the provider itself
        # sends: it sends for everybody from one address.
        Operation(
            "GET",
            "/sign-in/provider",
            "account.begin_provider_sign_in",
            Door.ANYBODY,
            Recorded.NOT,
            OperationKind.SIGN_IN,
        ),
        _get("/sign-in/provider/return", "account.provider_sign_in", Door.ANYBODY),
        Operation(
            "POST",
            "/sign-in/provider/sign-out",
            "account.provider_sign_out",
            Door.ANYBODY,
            Recorded.NOT,
            OperationKind.WRITE,
        ),
        _change("POST", "/sign-out", "account.sign_out", Door.SIGNED_IN),
        _get("/link/{code}", "account.open_link", Door.ANYBODY),
        Operation("POST", "/link/{code}", "account.use_link", Door.ANYBODY, Recorded.NOT, OperationKind.SIGN_IN),
        _get("/account", "account.show", Door.SIGNED_IN),
        _change("POST", "/account/password", "account.change_password", Door.SIGNED_IN, OperationKind.SIGN_IN),
        _change("POST", "/account/sessions/{session_id}/end", "account.end_session", Door.SIGNED_IN),
        _change("POST", "/account/keys", "key.add", Door.SIGNED_IN),
        _change("POST", "/account/keys/{key_id}/revoke", "key.revoke", Door.SIGNED_IN),
        # Administration
        _get("/api/admin/accounts", "account.list", ADMINISTER),
        _change("POST", "/api/admin/accounts", "account.add", ADMINISTER),
        _get("/api/admin/accounts/{account_id}", "account.look_at", ADMINISTER),
        _change("PUT", "/api/admin/accounts/{account_id}/roles", "account.set_roles", ADMINISTER),
        _change("POST", "/api/admin/accounts/{account_id}/disable", "account.disable", ADMINISTER),
        _change("POST", "/api/admin/accounts/{account_id}/enable", "account.enable", ADMINISTER),
        _change("POST", "/api/admin/accounts/{account_id}/link", "account.make_link", ADMINISTER),
        _get("/api/admin/accounts/{account_id}/keys", "key.list", ADMINISTER),
        _change("DELETE", "/api/admin/keys/{key_id}", "key.revoke", ADMINISTER),
        _get("/api/admin/people.csv", "account.export", ADMINISTER, _AFTER),
        _change("POST", "/api/admin/people", "account.import", ADMINISTER),
        _get("/api/admin/principals", "principal.find", ADMINISTER),
        _change("POST", "/api/admin/principals", "principal.add", ADMINISTER),
        _get("/api/admin/groups", "group.list", ADMINISTER),
        _get("/api/admin/groups/{group_id}", "group.show", ADMINISTER),
        _change("PUT", "/api/admin/groups/{group_id}/members/{user_id}", "group.join", ADMINISTER),
        _change("DELETE", "/api/admin/groups/{group_id}/members/{user_id}", "group.leave", ADMINISTER),
        _get("/api/admin/audiences", "audience.list_all", ADMINISTER),
        _change("POST", "/api/admin/audiences", "audience.create", ADMINISTER),
        _get("/api/admin/audiences/{audience_id}", "audience.show", ADMINISTER),
        _get("/api/admin/audiences/{audience_id}/readers/{principal_id}", "audience.foresee", ADMINISTER),
        _change("PUT", "/api/admin/audiences/{audience_id}/readers/{principal_id}", "audience.allow", ADMINISTER),
        _change("DELETE", "/api/admin/audiences/{audience_id}/readers/{principal_id}", "audience.deny", ADMINISTER),
        _get("/admin", "account.list", ADMINISTER),
        _change("POST", "/admin/people", "account.add", ADMINISTER),
        _change("POST", "/admin/import", "account.import", ADMINISTER),
        _get("/admin/people/{account_id}", "account.look_at", ADMINISTER),
        _change("POST", "/admin/people/{account_id}/roles", "account.set_roles", ADMINISTER),
        _change("POST", "/admin/people/{account_id}/disable", "account.disable", ADMINISTER),
        _change("POST", "/admin/people/{account_id}/enable", "account.enable", ADMINISTER),
        _change("POST", "/admin/people/{account_id}/link", "account.make_link", ADMINISTER),
        # These two change nothing themselves, but send the form on to a row that says whom it is about.
        Operation(
            "POST",
            "/admin/people/{account_id}/groups",
            "group.choose",
            ADMINISTER,
            Recorded.NOT,
            OperationKind.READ,
        ),
        Operation(
            "POST",
            "/admin/groups/{group_id}/members",
            "group.find_member",
            ADMINISTER,
            Recorded.NOT,
            OperationKind.READ,
        ),
        _change("POST", "/admin/keys/{key_id}/revoke", "key.revoke", ADMINISTER),
        _get("/admin/groups", "group.list", ADMINISTER),
        _change("POST", "/admin/groups", "principal.add", ADMINISTER),
        _get("/admin/groups/{group_id}", "group.show", ADMINISTER),
        _change("POST", "/admin/groups/{group_id}/members/{user_id}/join", "group.join", ADMINISTER),
        _change("POST", "/admin/groups/{group_id}/members/{user_id}/leave", "group.leave", ADMINISTER),
        _get("/admin/audiences", "audience.list_all", ADMINISTER),
        _change("POST", "/admin/audiences", "audience.create", ADMINISTER),
        _get("/admin/audiences/{audience_id}", "audience.show", ADMINISTER),
        _change("POST", "/admin/audiences/{audience_id}/readers/{principal_id}/allow", "audience.allow", ADMINISTER),
        _change("POST", "/admin/audiences/{audience_id}/readers/{principal_id}/deny", "audience.deny", ADMINISTER),
        _get("/api/admin/audit", "audit.list", ADMINISTER),
        _get("/api/admin/audit/verify", "audit.verify", ADMINISTER, _AFTER),
        _get("/api/admin/audit/export", "audit.export", ADMINISTER, _AFTER),
        _get("/admin/audit", "audit.list", ADMINISTER),
        _get("/admin/audit/verify", "audit.verify", ADMINISTER, _AFTER),
        # For commands on the same machine
        _change("POST", "/api/local/ingest", "document.add", Door.LOCAL),
        _change("POST", "/api/local/erase/plan", "document.plan_erasure", Door.LOCAL),
        _change("POST", "/api/local/erase", "document.erase", Door.LOCAL),
        _change("POST", "/api/local/transcribe", "document.transcribe", Door.LOCAL),
        _change("POST", "/api/local/keys", "key.add", Door.LOCAL),
        _change("POST", "/api/local/reindex", "installation.reindex", Door.LOCAL),
    )
)
