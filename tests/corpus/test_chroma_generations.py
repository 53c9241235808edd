"""Generations of Chroma: built from SQL, checked before they are opened, given up when they are damaged."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.chroma_build import BuildFailed, BuildStopped, build
from corpus.chroma_generations import ChromaGenerations, NotOpen
from corpus.chroma_health import fault_in
from corpus.embedder import EmbeddingModel
from corpus.generation import POINTER, Generations
from corpus.index import Hit
from corpus.routed_vector_index import RoutedVectorIndex, StoreState
from corpus.vector_source import WrongDimension
from tests.contracts.vector_index import DIMENSION, HR, SALES, an_entry, found, random_vectors
from tests.corpus.memory_vector_source import MemoryVectorSource

MODEL = EmbeddingModel(name="sixteen", dimension=DIMENSION, max_tokens=8)
QUESTION = random_vectors(1, seed=1)[0]
SOON_S = 120.0


def never() -> bool:
    return False


def a_source() -> MemoryVectorSource:
    source = MemoryVectorSource()
    source.add([an_entry(row, vector, version_id=row // 10) for row, vector in enumerate(random_vectors(1500))])
    source.add([an_entry(2000 + row, vector, 500, SALES) for row, vector in enumerate(random_vectors(30, seed=2))])
    return source


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a generation with all of `a_source`, built once, to be copied."""
    folder = tmp_path_factory.mktemp("built") / "vectors"
    generations = ChromaGenerations(folder, MODEL, a_source())
    generations.build(never)
    generations.close()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "vectors")
    return tmp_path / "vectors"


@pytest.fixture
def source() -> MemoryVectorSource:
    return a_source()


@pytest.fixture
def generations(folder: Path, source: MemoryVectorSource) -> Iterator[ChromaGenerations]:
    generations = ChromaGenerations(folder, MODEL, source)
    yield generations
    generations.close()


def hits(generations: ChromaGenerations, limit: int = 2000) -> list[Hit]:
    return generations.search_without([HR, SALES], QUESTION, limit, (), ())


def data_folder(folder: Path) -> Path:
    (generation,) = (path for path in folder.glob("gen-*") if path.is_dir())
    return generation


def test_a_whole_generation_is_opened(generations: ChromaGenerations, source: MemoryVectorSource) -> None:
    with pytest.raises(NotOpen):
        hits(generations)
    assert generations.open() is None
    assert (generations.applied_change, generations.entries) == (source.last_change_id(), 1530)
    assert len(hits(generations)) == 1530


def test_there_is_none_in_an_empty_folder(tmp_path: Path, source: MemoryVectorSource) -> None:
    assert ChromaGenerations(tmp_path / "none", MODEL, source).open() == "there was none"


def test_one_of_another_model_is_not_opened(folder: Path, source: MemoryVectorSource) -> None:
    other = ChromaGenerations(folder, EmbeddingModel(name="other", dimension=DIMENSION, max_tokens=8), source)
    assert "sixteen" in str(other.open())


def test_changes_are_applied_and_survive_reopening(
    generations: ChromaGenerations, source: MemoryVectorSource, folder: Path
) -> None:
    assert generations.open() is None
    source.add([an_entry(3000, QUESTION, version_id=600)])
    source.remove([0, 1])
    source.add([an_entry(row, vector, 2, SALES) for row, vector in enumerate(random_vectors(30)) if row >= 20])
    generations.catch_up(never)
    expected = hits(generations)
    assert expected[0].chunk_id == 3000
    assert len(expected) == 1511
    assert generations.applied_change == source.last_change_id()
    moved = generations.search_without([SALES], QUESTION, 100, (), ())
    assert {*range(20, 30)} <= {hit.chunk_id for hit in moved}
    generations.close()
    assert generations.open() is None
    assert hits(generations) == expected


def test_building_replaces_the_generation(
    generations: ChromaGenerations, source: MemoryVectorSource, folder: Path
) -> None:
    assert generations.open() is None
    before = data_folder(folder)
    source.add([an_entry(3000, QUESTION, version_id=600)])
    generations.build(never)
    assert hits(generations)[0].chunk_id == 3000
    assert data_folder(folder) != before
    assert sorted(path.name for path in folder.iterdir()) == [POINTER, data_folder(folder).name]


def test_a_build_that_is_stopped_leaves_the_generation_as_it_was(generations: ChromaGenerations, folder: Path) -> None:
    assert generations.open() is None
    before = data_folder(folder)
    with pytest.raises(BuildStopped):
        generations.build(lambda: True)
    assert data_folder(folder) == before
    assert len(hits(generations)) == 1530


def test_a_build_that_fails_says_why_and_leaves_nothing(tmp_path: Path, source: MemoryVectorSource) -> None:
    with pytest.raises(WrongDimension):
        ChromaGenerations(tmp_path, EmbeddingModel("other", DIMENSION + 1, 8), source).build(never)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "chroma.sqlite3").write_bytes(b"not a database " * 1000)
    with pytest.raises(BuildFailed, match="database"):
        build(tmp_path, DIMENSION, source, never)


def test_a_write_that_was_interrupted_makes_a_generation_unusable(folder: Path, source: MemoryVectorSource) -> None:
    with pytest.raises(OSError, match="full"), Generations(folder).writing(1):
        raise OSError("the disk is full")
    assert "interrupted" in str(ChromaGenerations(folder, MODEL, source).open())


@pytest.mark.parametrize("file", ["data_level0.bin", "link_lists.bin", "header.bin", "length.bin"])
@pytest.mark.parametrize("damage", ["truncated", "overwritten", "deleted"])
def test_a_damaged_file_is_noticed(folder: Path, source: MemoryVectorSource, file: str, damage: str) -> None:
    damage_file(folder, file, damage)
    assert file in str(ChromaGenerations(folder, MODEL, source).open())


@pytest.mark.parametrize("damage", ["truncated", "overwritten", "deleted"])
def test_a_damaged_database_is_noticed(folder: Path, source: MemoryVectorSource, damage: str) -> None:
    damage_file(folder, "chroma.sqlite3", damage)
    assert "database" in str(ChromaGenerations(folder, MODEL, source).open())


@pytest.mark.parametrize("file", ["data_level0.bin", "header.bin"])
def test_what_may_end_the_process_ends_a_child_only(folder: Path, source: MemoryVectorSource, file: str) -> None:
    damage_file(folder, file, "overwritten")
    assert fault_in(data_folder(folder), DIMENSION, source.counts()) is not None


def test_a_store_that_holds_something_else_has_a_fault(folder: Path) -> None:
    assert "instead of" in str(fault_in(data_folder(folder), DIMENSION, {HR: 1}))


def test_a_check_that_takes_too_long_is_a_fault(folder: Path, source: MemoryVectorSource) -> None:
    assert "longer" in str(fault_in(data_folder(folder), DIMENSION, source.counts(), timeout_s=0.01))


def test_questions_are_answered_while_a_damaged_generation_is_replaced(
    folder: Path, source: MemoryVectorSource
) -> None:
    damage_file(folder, "data_level0.bin", "overwritten")
    store = ChromaGenerations(folder, MODEL, source)
    routed = RoutedVectorIndex(source, DIMENSION, exact_limit=100, store=store)
    expected = found(routed, QUESTION, [HR, SALES])
    routed.start()
    try:
        while routed.status().store is not StoreState.READY:
            assert found(routed, QUESTION, [HR, SALES]) == expected
            assert routed.status().store is not StoreState.FAILED
            time.sleep(0.05)
        assert routed.settle(SOON_S)
        assert routed.status().store_audiences == 1
        assert "data_level0.bin" in routed.status().remark
        assert found(routed, QUESTION, [HR, SALES]) == expected
    finally:
        routed.stop()


def test_a_killed_writer_leaves_what_is_recognised_or_whole(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.corpus.writing_child", str(folder)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"built\n"
        time.sleep(0.1)
        os.kill(child.pid, signal.SIGKILL)
    source = a_source()
    generations = ChromaGenerations(folder, MODEL, source)
    fault = generations.open()
    if fault is None:
        assert len(hits(generations, limit=10_000)) == generations.entries
    else:
        generations.build(never)
        assert len(hits(generations)) == 1530
    generations.close()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the child through /proc")
def test_the_building_ends_with_the_process_that_wanted_it(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from corpus.chroma_build import build;"
        "from tests.corpus.test_chroma_generations import a_source, never;"
        "source = a_source(); real = source.audience_vectors;"
        "source.audience_vectors = lambda audience: (batch for _ in range(400) for batch in real(audience));"
        f"build(Path({str(tmp_path / 'gen-1')!r}), 16, source, never)"
    )
    (tmp_path / "gen-1").mkdir()
    with subprocess.Popen([sys.executable, "-c", program]) as parent:
        child = None
        while child is None:
            time.sleep(0.05)
            child = child_of(parent.pid)
        parent.kill()
    deadline = time.monotonic() + SOON_S
    while Path(f"/proc/{child}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def child_of(process_id: int) -> int | None:
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return int(children[0]) if children else None


def test_nothing_is_imported_before_a_store_is_opened() -> None:
    program = "import corpus.chroma_generations, corpus.routed_vector_index, sys; print('chromadb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def damage_file(folder: Path, name: str, damage: str) -> None:
    # In the larger of the two collections: the other one has not been saved as a graph.
    graph = max(data_folder(folder).rglob("data_level0.bin"), key=lambda path: path.stat().st_size)
    file = data_folder(folder) / name if name == "chroma.sqlite3" else graph.with_name(name)
    content = file.read_bytes()
    if damage == "deleted":
        file.unlink()
    elif damage == "truncated":
        file.write_bytes(content[: len(content) // 2])
    else:
        # The time of the change says nothing: as after a disk's own fault.
        state = file.stat()
        start = len(content) // 8
        file.write_bytes(content[:start] + b"\xa5" * (len(content) - 2 * start) + content[len(content) - start :])
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
