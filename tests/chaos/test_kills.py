"""`kill -9` at every named step and at random moments: nothing acknowledged is lost, nothing is doubled."""

import random
from pathlib import Path

import pytest

from ingestion.ingest import Step
from tests.chaos.disturbance import DocumentContent, contents, orphans, run, run_until, write_documents

FILES = 20


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chaos") / "documents"
    write_documents(folder, FILES, seed=3)
    return folder


@pytest.fixture(scope="module")
def undisturbed(documents: Path, model_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> list[DocumentContent]:
    data = tmp_path_factory.mktemp("undisturbed")
    assert len(run(data, model_cache, documents)) == FILES
    return contents(data)


def assert_resumes(
    data: Path, cache: Path, documents: Path, told: list[str], undisturbed: list[DocumentContent]
) -> None:
    """What was acknowledged is there whole at once; after another run everything is there once."""
    expected = {content.name: content for content in undisturbed}
    if told:
        found = {content.name: content for content in contents(data)}
        assert set(told) <= set(found)
        assert all(content == expected[name] for name, content in found.items())
    run(data, cache, documents)
    assert contents(data) == undisturbed
    assert orphans(data) == 0


@pytest.mark.parametrize("step", list(Step))
def test_a_kill_at_a_named_step_loses_and_doubles_nothing(
    step: Step, documents: Path, model_cache: Path, undisturbed: list[DocumentContent], tmp_path: Path
) -> None:
    count = "1" if step is Step.EMBEDDED else "7"
    told = run(tmp_path, model_cache, documents, step, count)
    assert len(told) < FILES
    assert_resumes(tmp_path, model_cache, documents, told, undisturbed)


def test_kills_at_random_moments_lose_and_double_nothing(
    documents: Path, model_cache: Path, undisturbed: list[DocumentContent], tmp_path: Path
) -> None:
    chance = random.Random(11)
    told: list[str] = []
    for _ in range(3):
        told = run_until(tmp_path, model_cache, documents, chance.uniform(0.0, 1.5))
    assert_resumes(tmp_path, model_cache, documents, told, undisturbed)
