"""Every malformed file ends in a named outcome, within its limits; here a part of those that `make chaos` uploads."""

from collections.abc import Iterator
from itertools import chain, islice

import pytest

from ingestion.limited_parsing import OutOfMemory, ParserCrashed, ParsingLimits, ParsingServer, ParsingTimedOut
from ingestion.media_type import PDF
from ingestion.parsed import Unreadable
from tests.chaos.malformed import Malformed, bombs, damaged_files, empty_files, encrypted_files, loops
from tests.contracts.parser import check

EVERY = 16
TAKE_SECONDS = frozenset({"a line of a million cells", "an open quote", "open brackets", "stars"})
BEYOND_LIMITS = ParserCrashed | ParsingTimedOut | OutOfMemory


@pytest.fixture(scope="module")
def parsing() -> Iterator[ParsingServer]:
    with ParsingServer(ParsingLimits(wall_s=30, cpu_s=30)) as server:
        yield server


def end(file: Malformed, parsing: ParsingServer) -> Unreadable | None:
    """None where it could be read all the same."""
    try:
        reading = parsing.parse(file.content, file.name)
    except Unreadable as outcome:
        return outcome
    if reading.media_type != PDF:
        # Table cells of a PDF are parts of its spans, not spans of their own.
        check(reading.document)
    return None


def test_there_are_enough_of_them() -> None:
    kinds = (damaged_files(), empty_files(), encrypted_files(), loops())
    assert sum(1 for _ in chain(*kinds)) >= 600


def test_damaged_and_mislabelled_files_end_in_a_named_outcome(parsing: ParsingServer) -> None:
    for file in islice(damaged_files(), 0, None, EVERY):
        outcome = end(file, parsing)
        assert not isinstance(outcome, BEYOND_LIMITS), (file.name, file.what, outcome)


@pytest.mark.parametrize("file", [*empty_files(), *encrypted_files()], ids=lambda file: f"{file.name}: {file.what}")
def test_what_holds_no_text_is_refused(file: Malformed, parsing: ParsingServer) -> None:
    outcome = end(file, parsing)
    assert outcome is not None
    assert not isinstance(outcome, BEYOND_LIMITS), outcome


def test_bombs_and_loops_end_within_the_limits(parsing: ParsingServer) -> None:
    for file in chain(bombs(), loops()):
        if file.what not in TAKE_SECONDS:
            end(file, parsing)
    assert "alive" in parsing.parse(b"Still alive.", "after.txt").document.text
