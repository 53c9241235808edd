"""Sends what schemathesis makes of the API description, in everybody's name, and checks the replies against it."""

import pkgutil
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import api.pages
from api.jobs.job import State
from corpus.audience import EVERYONE
from tests.api.rights.organisation import BOARD, OTHER, Organisation, Thing, Who
from tests.api.rights.visits import HOST, Reply, Visits

_CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
_KNOWN = 0.6
"""How often ids of things that are there stand in the place of generated ones."""


Described = APIOperation[Any, Any, Any, Any]


@dataclass
class Outcome:
    """`faults`: by what went wrong, the first request that showed it."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)


def description_of_pages() -> dict[str, Any]:
    """As FastAPI would describe them, if they were part of the interface."""
    described = FastAPI()
    for module in pkgutil.iter_modules(api.pages.__path__):
        router = getattr(import_module(f"api.pages.{module.name}"), "router", None)
        if router is not None:
            described.include_router(router)
    return described.openapi()


class Fuzzing:
    def __init__(self, organisation: Organisation, visits: Visits, first_seed: int) -> None:
        self._organisation = organisation
        self._visits = visits
        self._chance = random.Random(first_seed)
        self._seed = first_seed
        self._known: dict[str, Sequence[object]] = {}
        self.outcome = Outcome()

    def run(self, requests_wanted: int) -> Iterator[str]:
        """Yields the name of each operation that is done with."""
        config = schemathesis.Config()
        config.projects.default.generation.with_security_parameters = False
        described = self._visits("GET", "/api/openapi.json").said
        api_operations = _operations(described, config)
        page_operations = _operations(description_of_pages(), config)
        each = max(requests_wanted // (len(api_operations) * 2 + len(page_operations)), 1)
        for is_page, operations in ((False, api_operations), (True, page_operations)):
            for operation in operations:
                self._prepare()
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)[: 1 if is_page else 2]:
                    self._fuzz(operation, mode, each, is_page)
                yield operation.label

    def _prepare(self) -> None:
        """What there is again, since much of it may be gone by now; and everybody signed in anew."""
        made, add = self._organisation, self._organisation.add
        placed = [add(thing, owner, EVERYONE) for thing in Thing for owner in ("sven", "adam", OTHER)]
        placed.append(add(Thing.TEXT, OTHER, BOARD))
        jobs = [
            made.add_job(state, user, EVERYONE)
            for state in (State.WAITING, State.FAILED, State.DONE)
            for user in ("sven", OTHER)
        ]
        self._known = {
            "document_id": [one.document_id for one in placed],
            "version_id": [one.version_id for one in placed],
            "job_id": jobs,
            "source_id": [made.add_source("sven", EVERYONE), made.add_source(OTHER, BOARD)],
            "upload_id": [made.add_upload("sven"), made.add_upload("adam")],
            "key_id": [made.add_key("sven"), made.add_key(OTHER)],
            "session_id": [made.add_session(OTHER)],
            "code": [made.add_link()],
            "account_id": [made.add_account()],
            "user_id": [made.add_account()],
            "group_id": [made.add_group()],
            "audience_id": [made.add_audience()],
            "principal_id": [made.add_group()],
            "audience": [EVERYONE, BOARD],
            "page": [1],
        }
        self._versions = {one.document_id: one.version_id for one in placed}
        self._headers: Mapping[Who, dict[str, str]] = {who: made.enter(who) for who in Who}

    def _fuzz(self, operation: Described, mode: GenerationMode, count: int, is_page: bool) -> None:
        self._seed += 1

        @seed(self._seed)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def send(case: Case[Any]) -> None:
            self._send(case, is_page)

        # An operation that takes nothing cannot be asked wrongly.
        with suppress(Unsatisfiable):
            send()

    def _send(self, case: Case[Any], is_page: bool) -> None:
        who = self._chance.choice([*Who, Who.SME, Who.ADMIN, Who.ADMIN])
        places = dict(case.path_parameters or {})
        for name in places:
            if name in self._known and self._chance.random() < _KNOWN:
                places[name] = self._chance.choice(self._known[name])
        if places.get("document_id") in self._versions and self._chance.random() < _KNOWN:
            places |= {"version_id": self._versions[places["document_id"]]} if "version_id" in places else {}
        case.path_parameters = places
        headers = {**self._headers[who], "Accept": "text/html" if is_page else "application/json"}
        given_to_requests = case.as_transport_kwargs(base_url=f"http://{HOST}", headers=headers)
        given_to_requests.pop("timeout", None)
        prepared = requests.Request(**given_to_requests).prepare()
        reply = _sent(self._visits, prepared)
        self.outcome.sent += 1
        self.outcome.statuses[reply.status] += 1
        said = f"{who}: {prepared.method} {prepared.path_url[:300]} {_start(prepared.body)} -> {reply.text[:500]}"
        if reply.status >= 500 or reply.failure is not None or reply.status == 0:
            why = f"{type(reply.failure).__name__}: {reply.failure}"[:300]
            self.outcome.faults.setdefault(f"{case.operation.label}: {reply.status} {why}", said)
        elif not is_page:
            response = Response(
                reply.status, _headers(reply), reply.body, prepared, elapsed=0.0, verify=True, encoding="utf-8"
            )
            try:
                case.validate_response(response, checks=_CHECKS)
            except FailureGroup as failures:
                for failure in failures.exceptions:
                    self.outcome.faults.setdefault(f"{case.operation.label}: {reply.status} {failure}", said)


def _operations(described: dict[str, Any], config: schemathesis.Config) -> list[Described]:
    schema = schemathesis.openapi.from_dict(described, config=config)
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def _sent(visits: Visits, prepared: requests.PreparedRequest) -> Reply:
    headers = {str(name): _text(value) for name, value in prepared.headers.items()}
    body = prepared.body or b""
    content = body.encode() if isinstance(body, str) else body
    assert isinstance(content, bytes)
    return visits(prepared.method or "", prepared.path_url, headers, content)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _start(body: object) -> str:
    return "" if body is None else repr(body)[:300]


def _headers(reply: Reply) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in reply.headers:
        found.setdefault(name, []).append(value)
    return found
