"""The table that people read is the one that tests hold."""

from tests.api.rights.document import DOCUMENT, written
from tests.api.rights.matrix import rows
from tests.api.rights.organisation import Who


def test_the_document_says_what_the_table_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == written(rows()), "run python -m tests.api.rights.document"


def test_nobody_who_is_out_gets_more_than_somebody_unknown() -> None:
    for row in rows():
        assert row.expected[Who.DISABLED] == row.expected[Who.EXPIRED_KEY] == row.expected[Who.ANONYMOUS], row.name
