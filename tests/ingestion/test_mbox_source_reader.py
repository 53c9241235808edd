"""Each message of a mailbox file is a document of its own."""

from pathlib import Path

import pytest

from ingestion.ingest import FileTooLarge
from ingestion.mbox_source_reader import MboxSourceReader
from ingestion.source_reading import ListedItem, SourceUnavailable

FIRST = (
    "Message-ID: <1@example.org>\nSubject: Opening hours\nFrom: ana@example.org\n\n"
    "The gate opens at six.\n\nFrom there it is a short walk.\n"
)
SECOND = "Message-ID: <2@example.org>\nSubject: =?utf-8?q?K=C3=BChlhaus?=\nFrom: ben@example.org\n\nIt is cold.\n"


def write(file: Path, *messages: str) -> None:
    file.write_text("".join(f"From ana@example.org Thu Jan  1 00:00:00 2026\n{message}\n" for message in messages))


@pytest.fixture
def mailbox(tmp_path: Path) -> Path:
    file = tmp_path / "questions.mbox"
    write(file, FIRST, SECOND)
    return file


def listed(file: Path, max_bytes: int = 10_000) -> list[ListedItem]:
    return list(MboxSourceReader(file, max_bytes).list_items(lambda key: None))


def test_messages_are_listed_by_their_ids_and_subjects(mailbox: Path) -> None:
    found = [(item.key, item.name) for item in listed(mailbox)]
    assert found == [("<1@example.org>", "Opening hours.eml"), ("<2@example.org>", "Kühlhaus.eml")]


def test_a_message_is_read_as_it_stands(mailbox: Path) -> None:
    reader = MboxSourceReader(mailbox, 10_000)
    found = reader.fetch(listed(mailbox)[1])
    assert found is not None
    assert found.content.startswith(b"Message-ID: <2@example.org>")
    assert b"It is cold." in found.content


def test_a_message_keeps_id_and_stamp_when_others_go(mailbox: Path) -> None:
    before = listed(mailbox)[1]
    write(mailbox, SECOND)
    (after,) = listed(mailbox)
    assert (after.key, after.stamp) == (before.key, before.stamp)


def test_messages_with_the_same_id_are_told_apart(mailbox: Path) -> None:
    write(mailbox, FIRST, FIRST)
    assert [item.key for item in listed(mailbox)] == ["<1@example.org>", "<1@example.org>#2"]


def test_a_message_that_is_too_large_is_refused(mailbox: Path) -> None:
    write(mailbox, FIRST + "x" * 5000 + "\n" + "y" * 5000 + "\n", SECOND)
    large, small = listed(mailbox, max_bytes=1000)
    reader = MboxSourceReader(mailbox, 1000)
    with pytest.raises(FileTooLarge):
        reader.fetch(large)
    assert reader.fetch(small) is not None


def test_what_is_no_mailbox_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.mbox").write_text("Hello\n")
    with pytest.raises(SourceUnavailable, match="no mailbox"):
        listed(tmp_path / "x.mbox")
    with pytest.raises(SourceUnavailable, match="cannot be read"):
        listed(tmp_path / "gone.mbox")
