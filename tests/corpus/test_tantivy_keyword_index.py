"""The tantivy keyword index: durability, damage and concurrency."""

import math
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from corpus.index import IndexedText, KeywordIndex
from corpus.tantivy_keyword_index import FieldWeights, KeywordIndexDamaged, KeywordIndexInUse, TantivyKeywordIndex
from tests.contracts.keyword_index import HR, KeywordIndexContract, a_text, found


class TestTantivyKeywordIndex(KeywordIndexContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> KeywordIndex:
        return TantivyKeywordIndex(tmp_path)


def test_what_was_added_is_there_after_reopening(tmp_path: Path) -> None:
    first = TantivyKeywordIndex(tmp_path)
    first.add([a_text(1, "parental leave"), a_text(2, "Fristen", language="de")])
    first.close()
    second = TantivyKeywordIndex(tmp_path)
    assert second.count() == 2
    assert found(second, "leave") == [1]
    assert found(second, "Frist") == [2]


def test_what_was_added_is_there_after_a_kill(tmp_path: Path) -> None:
    program = (
        "import os, signal; from pathlib import Path;"
        "from corpus.tantivy_keyword_index import TantivyKeywordIndex;"
        "from tests.contracts.keyword_index import a_text;"
        f"index = TantivyKeywordIndex(Path({str(tmp_path)!r}));"
        "[index.add([a_text(number, f'leave number{number}')]) for number in range(5)];"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    index = TantivyKeywordIndex(tmp_path)
    assert found(index, "leave") == [0, 1, 2, 3, 4]
    index.add([a_text(5, "leave")])
    assert index.count() == 6


def test_batches_appear_together_or_not_at_all(tmp_path: Path) -> None:
    def broken() -> Iterator[Sequence[IndexedText]]:
        yield [a_text(2, "leave")]
        raise OSError("the disk is gone")

    index = TantivyKeywordIndex(tmp_path)
    index.add([a_text(1, "leave")])
    with pytest.raises(OSError, match="gone"):
        index.add_all(broken())
    index.add([a_text(3, "leave")])
    assert found(index, "leave") == [1, 3]


def test_a_chunk_in_two_batches_is_there_once(tmp_path: Path) -> None:
    index = TantivyKeywordIndex(tmp_path)
    index.add_all([[a_text(1, "leave")], [a_text(1, "leave days")]])
    assert index.count() == 1
    assert found(index, "days") == [1]


@pytest.mark.parametrize("damage", ["empty", "truncated", "garbled", "missing segments"])
def test_a_damaged_folder_is_recognised(tmp_path: Path, damage: str) -> None:
    index = TantivyKeywordIndex(tmp_path)
    index.add([a_text(number, f"leave number{number}") for number in range(50)])
    index.close()
    meta = tmp_path / "meta.json"
    if damage == "missing segments":
        for file in tmp_path.glob("*.*"):
            if file != meta:
                file.unlink()
    else:
        content = meta.read_bytes()
        meta.write_bytes({"empty": b"", "truncated": content[: len(content) // 2], "garbled": b"\x00" * 200}[damage])
    with pytest.raises(KeywordIndexDamaged, match="rebuilt"):
        TantivyKeywordIndex(tmp_path)


@pytest.mark.parametrize("kind", ["idx", "term"])
def test_damage_that_shows_only_when_asked_is_recognised_then(tmp_path: Path, kind: str) -> None:
    index = TantivyKeywordIndex(tmp_path)
    index.add([a_text(number, f"leave number{number} of {number % 7}") for number in range(2000)])
    index.close()
    file = max(tmp_path.glob(f"*.{kind}"), key=lambda path: path.stat().st_size)
    content = file.read_bytes()
    third = len(content) // 3
    file.write_bytes(content[:third] + bytes(range(7, 207)) * (third // 200) + content[third + third // 200 * 200 :])
    with pytest.raises(KeywordIndexDamaged):
        found(TantivyKeywordIndex(tmp_path), "leave number7")


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    first, second = TantivyKeywordIndex(tmp_path), TantivyKeywordIndex(tmp_path)
    first.add([a_text(1, "leave")])
    with pytest.raises(KeywordIndexInUse):
        second.add([a_text(2, "leave")])
    first.close()
    second.add([a_text(2, "leave")])
    assert found(second, "leave") == [1, 2]


def test_a_reader_beside_a_writer_finds_what_was_there_when_it_opened(tmp_path: Path) -> None:
    writer = TantivyKeywordIndex(tmp_path)
    writer.add([a_text(1, "leave")])
    reader = TantivyKeywordIndex(tmp_path)
    writer.add([a_text(2, "leave")])
    assert found(reader, "leave") == [1]


def test_words_around_a_chunk_count_when_its_own_say_nothing(tmp_path: Path) -> None:
    texts = [
        replace(a_text(1, "It lasts 26 weeks."), before="Parental leave is paid."),
        replace(a_text(2, "It lasts an hour."), after="Lunch is free."),
    ]
    index = TantivyKeywordIndex(tmp_path / "with")
    index.add(texts)
    assert found(index, "parental leave") == [1]
    alone = TantivyKeywordIndex(tmp_path / "without", FieldWeights(around=0))
    alone.add(texts)
    assert all(hit.score == 0 for hit in alone.search([HR], "parental leave", 10))


def test_words_that_follow_each_other_as_asked_count_more(tmp_path: Path) -> None:
    index = TantivyKeywordIndex(tmp_path)
    index.add([a_text(1, "leave the parental office now"), a_text(2, "take the parental leave now please")])
    assert found(index, "parental leave") == [2, 1]


def test_scores_stay_between_none_and_all_that_the_fields_can_give(tmp_path: Path) -> None:
    index = TantivyKeywordIndex(tmp_path)
    index.add([a_text(number, "leave " * number) for number in range(1, 20)])
    assert all(0 < hit.score <= 0.7 for hit in index.search([HR], "leave unknown", 20))
    assert max(hit.score for hit in index.search([HR], "leave", 20)) > 0.2


def test_scores_are_bm25_in_each_field_over_the_most_that_the_question_could_reach(tmp_path: Path) -> None:
    texts = {
        1: "annual leave leave policy",
        2: "annual report",
        3: "sick leave annual policy annual leave travel money",
        4: "travel money policy",
    }
    index = TantivyKeywordIndex(tmp_path)
    index.add([a_text(chunk_id, text, audience_id=chunk_id) for chunk_id, text in texts.items()])
    asked = ["annual", "leave", "policy"]
    words = {chunk_id: text.split() for chunk_id, text in texts.items()}
    pairs = {chunk_id: list(pairwise(found)) for chunk_id, found in words.items()}
    for visible in ((1, 2, 3, 4), (1, 2, 3), (3,)):
        expected = {
            chunk_id: 0.6 * bm25(words, asked, chunk_id, visible)
            + 0.1 * bm25(pairs, [*pairwise(asked)], chunk_id, visible)
            for chunk_id in visible
        }
        found = {hit.chunk_id: hit.score for hit in index.search(visible, "annual leave policy", 10)}
        assert found == pytest.approx(expected, abs=2e-6)


def bm25(held: Mapping[int, Sequence[object]], asked: Sequence[object], chunk_id: int, visible: Sequence[int]) -> float:
    """Rarity from the visible chunks, average length from all."""
    average = sum(map(len, held.values())) / len(held)
    reached = most = 0.0
    for term in asked:
        frequency = sum(term in held[other] for other in visible)
        rarity = math.log(1 + (len(visible) - frequency + 0.5) / (frequency + 0.5))
        times = held[chunk_id].count(term)
        reached += rarity * 2.2 * times / (times + 1.2 * (0.25 + 0.75 * len(held[chunk_id]) / average))
        most += rarity * 2.2
    return reached / most


def test_named_chunks_are_scored_as_a_search_scores_them(tmp_path: Path) -> None:
    index = TantivyKeywordIndex(tmp_path)
    index.add([a_text(1, "parental leave"), a_text(2, "sick leave"), a_text(3, "lunch")])
    searched = {hit.chunk_id: hit.score for hit in index.search([HR], "parental leave", 10)}
    assert {hit.chunk_id: hit.score for hit in index.score([HR], [2, 3], "parental leave")} == {2: searched[2]}
    assert index.score([HR], [], "parental leave") == []


def test_searches_go_on_while_another_thread_writes(tmp_path: Path) -> None:
    index = TantivyKeywordIndex(tmp_path)
    index.add([a_text(0, "leave", version_id=99)])

    def write() -> None:
        for number in range(1, 30):
            index.add([a_text(number, "leave", version_id=number)])
            index.remove([number])

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(write)
        while not writing.done():
            assert found(index, "leave", [HR], limit=5)[0] == 0
        writing.result()
    assert found(index, "leave") == [0]
