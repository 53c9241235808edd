"""Index files that are damaged or gone are noticed and built anew; answers go on."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from api.ingesting import find_files
from api.services import Services
from api.settings import Settings
from corpus.index_state import StateName
from tests.conftest import Ticking

QUESTION = "What is the code of note 3?"


@pytest.fixture
def filled(settings: Settings, tmp_path: Path) -> Settings:
    """A data folder with both indexes on disk, not in use."""
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(6):
        (documents / f"note {number}.md").write_text(f"# Note {number}\n\nThe code of note {number} is K-{number}.\n")
    with Services(settings, Ticking(), serving=True) as services:
        list(services.ingesting.add_paths(find_files([documents]), "everyone"))
        services.indexes.follow()
        assert services.indexes.vectors.settle(timeout_s=120)
    return settings


def garble(folder: Path) -> None:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.stat().st_size > 64 and file.name not in ("CURRENT", "meta.json"):
            content = bytearray(file.read_bytes())
            content[16:48] = bytes(255 - byte for byte in content[16:48])
            file.write_bytes(content)


def truncate(folder: Path) -> None:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.name != "CURRENT":
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def delete(folder: Path) -> None:
    shutil.rmtree(folder)


@pytest.mark.parametrize("damage", [garble, truncate, delete])
@pytest.mark.parametrize("index", ["keywords", "vectors"])
def test_a_damaged_index_is_built_anew_while_answers_go_on(
    filled: Settings, index: str, damage: Callable[[Path], None]
) -> None:
    damage(filled.data / "index" / index)
    with Services(filled, Ticking(), serving=True) as services:
        assert "K-3" in services.asking.find(QUESTION, "owner", 1)[0].text
        deadline = time.monotonic() + 120
        while any(state.state is not StateName.READY for state in services.indexes.states()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert services.indexes.vectors.settle(timeout_s=120)
        assert [state.entries for state in services.indexes.states()] == [6, 6]
        assert services.indexes.vectors.status().store_entries == 6
        assert "K-3" in services.asking.find(QUESTION, "owner", 1)[0].text


def test_a_keyword_index_of_an_older_program_is_built_anew(filled: Settings) -> None:
    pointer = filled.data / "index" / "keywords" / "CURRENT"
    said = json.loads(pointer.read_bytes())
    older = said["format_version"] - 1
    pointer.write_text(json.dumps(said | {"format_version": older}))
    with Services(filled, Ticking()) as services:
        assert "K-3" in services.asking.find(QUESTION, "owner", 1)[0].text
    now = json.loads(pointer.read_bytes())
    assert (now["format_version"], now["generation"]) == (older + 1, said["generation"] + 1)


def test_a_rebuilt_index_finds_the_same(filled: Settings) -> None:
    with Services(filled, Ticking()) as services:
        before = services.asking.find(QUESTION, "owner", 5)
        services.indexes.rebuild()
        assert services.asking.find(QUESTION, "owner", 5) == before
