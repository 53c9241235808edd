"""Whatever a LlamaIndex reader loads becomes documents, read by whom its metadata name."""

from pathlib import Path
from typing import Any

import pytest

from ingestion.llama_index_source_reader import LlamaIndexSourceReader, MetadataNames, ReaderCall
from ingestion.source_reading import BadSource, FetchedItem, ListedItem, SourceUnavailable

WIKI = "tests.ingestion.sample_readers.WikiReader"
ALLOWED = ("llama_index", "tests.ingestion.sample_readers")


def a_reader(pages: list[dict[str, Any]], names: MetadataNames | None = None, **load: Any) -> LlamaIndexSourceReader:
    return LlamaIndexSourceReader(ReaderCall(WIKI, {"pages": pages}, load), names or MetadataNames(), ALLOWED, "wiki")


def listed(reader: LlamaIndexSourceReader) -> dict[str, ListedItem]:
    return {item.key: item for item in reader.list_items(lambda key: None)}


def fetched(pages: list[dict[str, Any]], names: MetadataNames | None = None) -> FetchedItem:
    reader = a_reader(pages, names)
    try:
        (item,) = listed(reader).values()
        found = reader.fetch(item)
    finally:
        reader.close()
    assert found is not None
    return found


def test_documents_are_told_by_their_metadata() -> None:
    reader = a_reader([{"text": "Thirty days.", "page_id": 7, "title": "Leave"}, {"text": "B.", "url": "https://w/b"}])
    items = listed(reader)
    assert {key: item.name for key, item in items.items()} == {"7": "Leave.md", "https://w/b": "https://w/b.md"}
    found = reader.fetch(items["7"])
    assert found is not None
    assert (found.content, found.title, found.readers) == (b"Thirty days.", "Leave", None)
    reader.close()


def test_parts_under_one_name_are_told_apart() -> None:
    reader = a_reader([{"text": "A.", "file_path": "x.pdf"}, {"text": "B.", "file_path": "x.pdf"}])
    assert list(listed(reader)) == ["x.pdf", "x.pdf#2"]
    reader.close()


def test_arguments_of_load_data_are_handed_on() -> None:
    reader = a_reader([{"text": "A.", "page_id": "1", "space": "HR"}, {"text": "B.", "page_id": "2"}], space="HR")
    assert list(listed(reader)) == ["1"]
    reader.close()


def test_access_lists_become_readers() -> None:
    page = {"text": "A.", "page_id": "1", "allowed_users": ["ana", "ben"], "allowed_groups": "hr, legal"}
    assert fetched([page]).readers == frozenset({"user:ana", "user:ben", "group:hr", "group:legal"})
    assert fetched([{"text": "A.", "page_id": "1", "allowed_users": []}]).readers == frozenset()
    named = MetadataNames(users="people")
    assert fetched([{"text": "A.", "page_id": "1", "people": ["ana"]}], named).readers == frozenset({"user:ana"})


def test_a_changed_access_list_changes_the_stamp() -> None:
    stamps = set()
    for users in (["ana"], ["ben"], None):
        page: dict[str, Any] = {"text": "A.", "page_id": "1"} | ({"allowed_users": users} if users else {})
        reader = a_reader([page])
        stamps.add(listed(reader)["1"].stamp)
        reader.close()
    assert len(stamps) == 3


def test_what_has_no_access_list_is_left_out_where_one_is_needed() -> None:
    with pytest.raises(BadSource, match="no list of readers"):
        fetched([{"text": "A.", "page_id": "1"}], MetadataNames(needs_access_list=True))


def test_an_access_list_that_is_none_stops_everything() -> None:
    reader = a_reader([{"text": "A.", "page_id": "1", "allowed_users": {"ana": True}}])
    with pytest.raises(SourceUnavailable, match="no list of names"):
        listed(reader)
    reader.close()


def test_readers_of_llama_index_itself_work(tmp_path: Path) -> None:
    (tmp_path / "leave.txt").write_text("Thirty days of leave.")
    call = ReaderCall("llama_index.core.SimpleDirectoryReader", {"input_dir": str(tmp_path)})
    reader = LlamaIndexSourceReader(call, MetadataNames(), ALLOWED, "files")
    (item,) = listed(reader).values()
    assert (item.key, item.name) == (str(tmp_path / "leave.txt"), "leave.txt")
    reader.close()


def test_a_reader_that_fails_in_the_middle_is_told_after_what_it_gave() -> None:
    call = ReaderCall("tests.ingestion.sample_readers.FailingReader")
    reader = LlamaIndexSourceReader(call, MetadataNames(), ALLOWED, "wiki")
    items = reader.list_items(lambda key: None)
    assert next(items).key == "1"
    with pytest.raises(SourceUnavailable, match="rate limit"):
        next(items)
    reader.close()


@pytest.mark.parametrize(
    "path",
    [
        "os.system",
        "subprocess.Popen",
        "tests.ingestion.sample_readers.NoReader",
        "llama_index.core.Document",
        "llama_index_evil.Reader",
        "nothing",
        "",
        "a b.c",
    ],
)
def test_only_readers_of_allowed_packages_are_used(path: str) -> None:
    with pytest.raises(BadSource):
        LlamaIndexSourceReader(ReaderCall(path), MetadataNames(), ALLOWED, "wiki")


def test_a_package_that_is_missing_is_told() -> None:
    with pytest.raises(SourceUnavailable, match="Install the reader's package"):
        LlamaIndexSourceReader(ReaderCall("llama_index.readers.no_such_thing.Reader"), MetadataNames(), ALLOWED, "wiki")


def test_a_reader_that_cannot_be_made_is_told() -> None:
    with pytest.raises(SourceUnavailable, match="401"):
        LlamaIndexSourceReader(ReaderCall(WIKI, {"pages": [], "api_token": "wrong"}), MetadataNames(), ALLOWED, "wiki")
