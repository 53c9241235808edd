"""Whatever happens to people, groups, audiences and documents, everybody sees what an oracle of sets says, at once."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.api.rights.access import CHANGES, QUERIES, Choose, Leak, World
from tests.api.rights.organisation import organisation


class AccessMachine(RuleBasedStateMachine):
    """Each example has an organisation of its own."""

    folder: Path
    cache: Path
    begun = 0

    @initialize()
    def found(self) -> None:
        type(self).begun += 1
        self._open = ExitStack()
        folder = self.folder / str(self.begun)
        folder.mkdir()
        self.world = World(*self._open.enter_context(organisation(folder, self.cache)))

    def teardown(self) -> None:
        if hasattr(self, "_open"):
            self._open.close()

    @rule(name=st.sampled_from(sorted(set(CHANGES))), data=st.data())
    def change(self, name: str, data: st.DataObject) -> None:
        getattr(self.world, name)(_choosing(data))

    @rule(name=st.sampled_from(sorted(set(QUERIES))), data=st.data())
    def query(self, name: str, data: st.DataObject) -> None:
        getattr(self.world, name)(_choosing(data))


def _choosing(data: st.DataObject) -> Choose:
    def choose(from_these: Any) -> Any:
        return data.draw(st.sampled_from(from_these))

    return choose


def test_everybody_sees_what_the_oracle_says(tmp_path: Path, model_cache: Path) -> None:
    class Machine(AccessMachine):
        folder = tmp_path
        cache = model_cache

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=5,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def world(tmp_path: Path, model_cache: Path) -> Iterator[World]:
    with organisation(tmp_path, model_cache) as (made, visits):
        yield World(made, visits)


def test_the_oracle_would_notice_a_document_that_is_shown_too_widely(world: World) -> None:
    def first(from_these: Any) -> Any:
        return from_these[0]

    world.oracle.readers["everyone"] = {"user:ana"}
    world.add(first)
    world.oracle.readers["everyone"] = {"user:ben"}
    with pytest.raises(Leak):
        world.list_documents(first)
