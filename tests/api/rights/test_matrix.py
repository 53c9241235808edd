"""Everybody gets at every operation what the table says, and cannot tell what is foreign from what is absent."""

import pytest

from api.operations import OPERATIONS
from tests.api.rights.matrix import Matrix, Row, rows, wanted_rows
from tests.api.rights.organisation import Organisation, Who
from tests.api.rights.requests import COUNTERPARTS, aims
from tests.api.rights.visits import Visits

ROWS = rows()


@pytest.fixture(scope="module")
def matrix(founded: tuple[Organisation, Visits]) -> Matrix:
    return Matrix(*founded)


def test_every_operation_has_its_rows_and_every_row_an_operation() -> None:
    assert [(row.method, row.path, row.aim) for row in ROWS] == wanted_rows()


def test_every_described_operation_is_one_of_those(founded: tuple[Organisation, Visits]) -> None:
    _, visits = founded
    described = visits("GET", "/api/openapi.json").said["paths"]
    listed = {(operation.method, operation.path) for operation in OPERATIONS}
    methods = {(method.upper(), path) for path, found in described.items() for method in found}
    assert methods <= listed


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_everybody_gets_what_the_table_says(matrix: Matrix, row: Row) -> None:
    assert list(matrix.differences(row)) == []


@pytest.mark.parametrize("row", [row for row in ROWS if row.aim in COUNTERPARTS], ids=lambda row: row.name)
def test_nobody_can_tell_what_is_foreign_from_what_is_absent(matrix: Matrix, row: Row) -> None:
    assert list(matrix.tells(row)) == []


def test_what_there_is_not_is_the_same_to_everybody_who_is_known(founded: tuple[Organisation, Visits]) -> None:
    organisation, visits = founded
    replies = {
        visits("GET", path, organisation.enter(who)).text
        for who in Who
        for path in ("/api/nothing", "/api/documents/1/nothing")
        if who not in (Who.ANONYMOUS, Who.DISABLED, Who.EXPIRED_KEY)
    }
    assert len(replies) == 1
    unknown = {visits("GET", path).text for path in ("/api/nothing", "/api/documents", "/api/local/reindex")}
    assert len(unknown) == 1


def test_an_operation_on_somebody_elses_browser_changes_nothing(founded: tuple[Organisation, Visits]) -> None:
    organisation, visits = founded
    theirs, identity = organisation.sign_in("bert")
    ended = visits("POST", f"/account/sessions/{identity.credential_id}/end", organisation.enter(Who.EMPLOYEE))
    assert ended.status == 303
    assert visits("GET", "/api/documents", theirs).status == 200


def test_a_row_that_is_missing_would_be_noticed() -> None:
    assert len(wanted_rows()) == sum(len(aims(operation)) for operation in OPERATIONS)
    without = [(row.method, row.path, row.aim) for row in ROWS if row.path != "/api/ask"]
    assert without != wanted_rows()
