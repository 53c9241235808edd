"""Whatever is changed in a chain of entries is found, and named by the first entry that it concerns."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.audit.chain import ChainFault, Fault, walk
from api.audit.entry import (
    BEFORE_THE_FIRST,
    NO_ENTRIES,
    AuditEvent,
    ChainHead,
    Decision,
    StoredEntry,
    Via,
    chained,
    object_of,
)
from api.audit.export import ExportFormat, export
from tests.conftest import NOON

IDS = st.text("abcdefghij0123456789-_", max_size=12)
EVENTS = st.builds(
    AuditEvent,
    at=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  It has one.
    actor_id=st.none() | st.integers(0, 2**31 - 1),
    via=st.sampled_from(Via),
    action=st.sampled_from(["document.delete", "question.ask", "account.sign_in"]),
    object=st.sampled_from(["", "document 12", "source 3", "key 9"]),
    decision=st.sampled_from(Decision),
    status=st.none() | st.integers(200, 599),
    request_id=IDS,
)


def chain(events: Sequence[AuditEvent]) -> list[StoredEntry]:
    head, entries = NO_ENTRIES, []
    for event in events:
        entries.append(chained(head, event))
        head = ChainHead(entries[-1].id, entries[-1].hash)
    return entries


CHAINS = st.lists(EVENTS, min_size=2, max_size=12).map(chain)
OTHER = {
    "at": st.just("2019-01-01T00:00:00.000000Z"),
    "actor_id": st.integers(0, 99) | st.none(),
    "via": st.sampled_from(Via).map(str),
    "action": st.text(max_size=9),
    "object": st.text(max_size=9),
    "decision": st.sampled_from(Decision).map(str),
    "status": st.integers(0, 99) | st.none(),
    "request_id": st.text(max_size=9),
    "previous_hash": st.text("0123456789abcdef", min_size=64, max_size=64),
    "hash": st.text("0123456789abcdef", min_size=64, max_size=64),
}


def an_event(number: int = 1) -> AuditEvent:
    at = NOON + timedelta(seconds=number)
    return AuditEvent(at, 7, Via.KEY, "document.delete", f"document {number}", Decision.ALLOWED, None, f"r-{number}")


def hashed_anew(entry: StoredEntry) -> StoredEntry:
    return replace(entry, hash=hashlib.sha256(entry.hashed_text.encode()).hexdigest())


@given(CHAINS)
def test_a_chain_as_it_was_written_is_sound(entries: list[StoredEntry]) -> None:
    found = walk(entries, len(entries), entries[-1].hash)
    assert found.is_sound
    assert found.head == ChainHead(len(entries), entries[-1].hash)
    assert found.noted == len(entries)


@given(CHAINS, st.data())
def test_a_changed_field_of_any_entry_is_found_there(entries: list[StoredEntry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    field = data.draw(st.sampled_from(sorted(OTHER)))
    value = data.draw(OTHER[field].filter(lambda value: value != getattr(entries[place], field)))
    changed = [*entries]
    changed[place] = replace(entries[place], **{field: value})  # type: ignore[arg-type]
    assert walk(changed, len(entries), None).fault == ChainFault(place + 1, Fault.CHANGED)


@given(CHAINS, st.data())
def test_a_changed_entry_with_a_hash_to_fit_is_found_at_the_next(
    entries: list[StoredEntry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    entries[place] = hashed_anew(replace(entries[place], object="document 999"))
    assert walk(entries, len(entries), None).fault == ChainFault(place + 2, Fault.UNLINKED)


@given(CHAINS, st.data())
def test_a_removed_entry_is_found_where_it_was(entries: list[StoredEntry], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    count = data.draw(st.integers(1, len(entries) - 1 - place))
    del entries[place : place + count]
    assert walk(entries, 0, None).fault == ChainFault(place + 1, Fault.REMOVED)


@given(CHAINS, st.data())
def test_removed_entries_whose_numbers_were_closed_up_are_found(
    entries: list[StoredEntry], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(entries) - 2))
    del entries[place]
    closed = [replace(entry, id=number) for number, entry in enumerate(entries, 1)]
    assert walk(closed, 0, None).fault == ChainFault(place + 1, Fault.CHANGED)
    assert walk([hashed_anew(entry) for entry in closed], 0, None).fault == ChainFault(place + 1, Fault.UNLINKED)


@given(CHAINS, EVENTS, st.data())
def test_an_inserted_entry_is_found(entries: list[StoredEntry], event: AuditEvent, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(entries) - 1))
    before = entries[place - 1]
    inserted = chained(ChainHead(before.id, before.hash), event)
    same_number = [*entries[:place], inserted, *entries[place:]]
    if inserted != entries[place]:
        assert walk(same_number, 0, None).fault == ChainFault(place + 1, Fault.INSERTED)
    moved_on = [*entries[:place], inserted, *(replace(entry, id=entry.id + 1) for entry in entries[place:])]
    assert walk(moved_on, 0, None).fault == ChainFault(place + 2, Fault.CHANGED)
    assert walk([replace(entries[0], id=0), *entries], 0, None).fault == ChainFault(0, Fault.INSERTED)


@given(CHAINS, st.data())
def test_entries_that_changed_places_are_found(entries: list[StoredEntry], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(entries) - 2))
    second = data.draw(st.integers(first + 1, len(entries) - 1))
    swapped = [*entries]
    swapped[first] = replace(entries[second], id=first + 1)
    swapped[second] = replace(entries[first], id=second + 1)
    assert walk(swapped, len(entries), None).fault == ChainFault(first + 1, Fault.CHANGED)
    again = [hashed_anew(entry) for entry in swapped]
    assert walk(again, len(entries), None).fault == ChainFault(first + 1, Fault.UNLINKED)


@given(CHAINS, st.data())
def test_a_cut_off_end_is_found_by_the_noted_hash_alone(entries: list[StoredEntry], data: st.DataObject) -> None:
    noted = entries[-1].hash
    kept = entries[: data.draw(st.integers(0, len(entries) - 1))]
    assert walk(kept, len(kept), None).is_sound
    found = walk(kept, len(kept), noted)
    assert (found.fault, found.is_sound) == (None, False)
    grown = [*entries, chained(ChainHead(len(entries), noted), an_event())]
    assert walk(grown, len(grown), noted).noted == len(entries)


def test_an_end_that_goes_while_it_is_read_is_found() -> None:
    entries = chain([an_event(number) for number in range(3)])
    assert walk(entries[:2], 3, None).fault == ChainFault(3, Fault.REMOVED)


def test_the_hash_is_that_of_the_documented_text() -> None:
    entry = chained(NO_ENTRIES, an_event(5))
    text = (
        '{"action":"document.delete","actor_id":7,"at":"2026-05-01T12:00:05.000000Z","decision":"allowed","id":1,'
        f'"object":"document 5","previous_hash":"{BEFORE_THE_FIRST}","request_id":"r-5","status":null,"via":"key"}}'
    )
    assert entry.hashed_text == text
    assert entry.hash == hashlib.sha256(text.encode()).hexdigest()


@given(CHAINS)
def test_an_exported_line_without_its_hash_is_what_was_hashed(entries: list[StoredEntry]) -> None:
    previous = BEFORE_THE_FIRST
    lines = "".join(export(entries, ExportFormat.JSONL)).splitlines()
    assert len(lines) == len(entries)
    for line in lines:
        said = json.loads(line)
        stated = said.pop("hash")
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == stated
        assert said["previous_hash"] == previous
        previous = stated


def test_the_table_has_a_line_for_each_entry_and_computes_nothing() -> None:
    entry = replace(chained(NO_ENTRIES, an_event()), request_id='=cmd|"/c calc"!A1')
    headings, line = "".join(export([entry], ExportFormat.CSV)).splitlines()
    assert headings.split(",") == [field.name for field in fields(StoredEntry)]
    assert ',"\'=cmd|""/c calc""!A1",' in line


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"at": NOON.replace(tzinfo=None)}, "time zone"),
        ({"action": "Document delete"}, "an action is named like"),
        ({"object": "document: Salaries 2026"}, "an object is named like"),
        ({"object": "document " + "1" * 200}, "an object is named like"),
        ({"request_id": "a\nb"}, "at most 64"),
        ({"request_id": "é"}, "at most 64"),
        ({"actor_id": 2**40}, "out of range"),
        ({"status": -1}, "out of range"),
    ],
)
def test_what_no_database_could_keep_is_no_event(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        replace(an_event(), **wrong)  # type: ignore[arg-type]


def test_an_object_is_named_by_its_kind_alone_where_its_id_can_be_none() -> None:
    assert object_of("document", "12") == "document 12"
    assert object_of("document", "12; DROP TABLE") == "document"
    assert object_of("document", "1" * 100) == "document"


def test_values_of_other_types_are_only_another_hash() -> None:
    """SQLite keeps anything in any column."""
    entries = chain([an_event(1), an_event(2)])
    entries[1] = replace(entries[1], status=b"\x00\xff", at=None)  # type: ignore[arg-type]
    assert walk(entries, 2, None).fault == ChainFault(2, Fault.CHANGED)
    assert entries[1].moment is None
