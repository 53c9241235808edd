"""Completes the description of the HTTP interface: what every operation may answer, and how one says who one is."""

from collections.abc import Callable, Iterator
from typing import Any

from api.accounts.roles import Permission
from api.context_names import FORM_HEADER, SESSION_COOKIE
from api.operations import Door, Operation, Operations, Recorded

_PROBLEM = {"schema": {"$ref": "#/components/schemas/ProblemForm"}}
_PROBLEMS = {
    400: "What was sent cannot be read.",
    401: "Nobody is signed in, and no key that is still good was sent.",
    403: "Not permitted: by the rights of the account or key, by what somebody else answers for, or because the "
    "request comes from another site.",
    404: "There is nothing here, or nothing that you may see.",
    405: "Not possible at this address.",
    409: "What is there stands against it.",
    412: "Somebody else's change came first, and nothing was overwritten; `current` is what is there now.",
    413: "Too large.",
    422: "The request is wrong; `detail` says what to send instead.",
    428: "`If-Match` has to name what you saw.",
    429: "Too much is asked; `Retry-After` says when to ask again.",
    503: "It cannot be done now; `Retry-After` says when to ask again.",
    507: "The disk is full.",
}
"""By status. One form for all: problem details, RFC 9457."""

_KEY, _SESSION = "key", "session"
_SCHEMES = {
    _KEY: {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, made on the page Account. It does what its scopes name, as far as its owner may.",
    },
    _SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": f"A browser that somebody signed in with. What changes something also carries `{FORM_HEADER}`.",
    },
}
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head"})
Description = dict[str, Any]


def describing(made: Callable[[], Description], operations: Operations) -> Callable[[], Description]:
    """The complete form of the description that `made` gives, put together once."""
    complete: Description = {}

    def description() -> Description:
        if not complete:
            complete.update(completed(made(), operations))
        return complete

    return description


def completed(description: Description, operations: Operations) -> Description:
    """Changes and returns it."""
    components = description.setdefault("components", {})
    components["responses"] = {
        str(status): {"description": said, "content": {"application/problem+json": _PROBLEM}}
        for status, said in _PROBLEMS.items()
    }
    components["securitySchemes"] = _SCHEMES
    for path, methods in description["paths"].items():
        for method, described in methods.items():
            found = operations.find(method.upper(), path) if method in _METHODS else None
            if found is not None:
                _complete(described, found[0])
    return description


def _complete(described: Description, operation: Operation) -> None:
    declared = {int(status) for status in described["responses"] if status.isdecimal()} & _PROBLEMS.keys()
    own = {status for status in declared if _says_more(described["responses"][str(status)])}
    for status in sorted((declared | set(_always(described, operation))) - own):
        described["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
    described["responses"] = dict(sorted(described["responses"].items()))
    described["security"] = _security(operation)


def _says_more(response: Description) -> bool:
    """Whether it is another form than that of all problems."""
    json = response.get("content", {}).get("application/json", {})
    return bool(json) and json != _PROBLEM


def _always(described: Description, operation: Operation) -> Iterator[int]:
    """What stands before all routes answers for them: the limits, the gate, the checks of what was sent."""
    yield from (403, 413, 429)
    if operation.needs not in (Door.OPEN, Door.ANYBODY):
        yield from (401, 404, 503)
    if "requestBody" in described:
        yield 400
    if "requestBody" in described or described.get("parameters"):
        yield 422
    if "{" in operation.path:
        yield from (404, 405)
    if operation.recorded is not Recorded.NOT or operation.method != "GET":
        yield from (503, 507)


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    """The permission stands where OpenAPI has the names of scopes or roles."""
    if operation.needs in (Door.OPEN, Door.ANYBODY):
        return []
    needed = [operation.needs.value] if isinstance(operation.needs, Permission) else []
    return [{_KEY: needed}, {_SESSION: needed}]
