"""Generations of an index on disk."""

from pathlib import Path

import pytest

from corpus.generation import POINTER, Description, Generations

MINILM = Description(format_version=1, model="minilm", dimension=384)


def published(generations: Generations, applied_change: int = 7) -> int:
    number = generations.begin()
    (generations.folder_of(number) / "data.bin").write_bytes(b"vectors")
    generations.publish(number, MINILM, applied_change, {1: 20, 2: 3})
    return number


def test_there_is_none_at_first(tmp_path: Path) -> None:
    assert Generations(tmp_path / "index" / "vectors").current() is None


def test_a_published_generation_is_current_with_all_that_was_recorded(tmp_path: Path) -> None:
    number = published(Generations(tmp_path))
    current = Generations(tmp_path).current()
    assert current is not None
    assert (current.number, current.description, current.applied_change) == (number, MINILM, 7)
    assert current.counts == {1: 20, 2: 3}
    assert not Generations(tmp_path).is_torn(number)


def test_one_being_built_is_not_current_and_counts_as_torn(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    first = published(generations)
    second = generations.begin()
    current = generations.current()
    assert current is not None
    assert current.number == first
    assert generations.is_torn(second)


def test_publishing_deletes_the_one_before(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    first = published(generations)
    second = published(generations)
    assert second > first
    assert not generations.folder_of(first).exists()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [POINTER, f"gen-{second}"]


def test_cleaning_deletes_all_but_the_current_one(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    current = published(generations)
    generations.begin()
    generations.clean()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [POINTER, f"gen-{current}"]
    assert generations.begin() == current + 1


def test_a_write_that_fails_leaves_the_generation_torn(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    number = published(generations)
    with generations.writing(number):
        assert Generations(tmp_path).is_torn(number)
    assert not generations.is_torn(number)
    with pytest.raises(OSError, match="full"), generations.writing(number):
        raise OSError("the disk is full")
    assert Generations(tmp_path).is_torn(number)


def test_advancing_records_the_change_and_the_counts(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    published(generations)
    current = generations.current()
    assert current is not None
    assert generations.advance(current, 9, {1: 25}) == generations.current()
    advanced = generations.current()
    assert advanced is not None
    assert (advanced.applied_change, advanced.counts) == (9, {1: 25})


@pytest.mark.parametrize(
    "pointer", [b"", b"{", b"[]", b"null", b'{"generation": 1}', b"\xff\xfe", b'{"generation": "x"}']
)
def test_an_unreadable_pointer_means_there_is_none(tmp_path: Path, pointer: bytes) -> None:
    generations = Generations(tmp_path)
    published(generations)
    (tmp_path / POINTER).write_bytes(pointer)
    assert generations.current() is None


def test_a_generation_whose_folder_is_gone_is_not_current(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    generations.discard(published(generations))
    assert generations.current() is None


@pytest.mark.parametrize("change", ["altered", "shortened", "deleted", "added", "same size"])
def test_a_changed_file_is_noticed(tmp_path: Path, change: str) -> None:
    generations = Generations(tmp_path)
    data = generations.folder_of(published(generations)) / "data.bin"
    current = generations.current()
    assert current is not None
    assert generations.changed_file(current) is None
    if change == "deleted":
        data.unlink()
    elif change == "added":
        data.with_name("more.bin").write_bytes(b"")
    else:
        data.write_bytes({"altered": b"vectors and more", "shortened": b"vec", "same size": b"vector5"}[change])
    assert generations.changed_file(current) == ("more.bin" if change == "added" else "data.bin")


def test_of_files_that_come_and_go_only_altered_ones_are_noticed(tmp_path: Path) -> None:
    generations = Generations(tmp_path, unsummed=["meta.json"])
    number = generations.begin()
    folder = generations.folder_of(number)
    for name in ("one.idx", "two.idx", "meta.json"):
        (folder / name).write_bytes(b"postings")
    current = generations.publish(number, MINILM, 1, {})
    (folder / "one.idx").unlink()
    (folder / "three.idx").write_bytes(b"merged")
    (folder / "meta.json").write_bytes(b"{}")
    assert generations.altered_file(current) is None
    (folder / "two.idx").write_bytes(b"POSTINGS")
    assert generations.altered_file(current) == "two.idx"


def test_a_file_written_again_with_equal_content_is_not_a_change(tmp_path: Path) -> None:
    generations = Generations(tmp_path)
    data = generations.folder_of(published(generations)) / "data.bin"
    data.write_bytes(b"vectors")
    current = generations.current()
    assert current is not None
    assert generations.changed_file(current) is None
