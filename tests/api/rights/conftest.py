"""The organisation that tests of rights are about, founded once for each module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.observing.conftest import untouched_logs
from tests.api.rights.organisation import Organisation, organisation
from tests.api.rights.visits import Visits


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Iterator[tuple[Organisation, Visits]]:
    folder = tmp_path_factory.mktemp("organisation")
    with organisation(folder, model_cache) as (made, visits):
        made.prepare()
        yield made, visits


__all__ = ["founded", "untouched_logs"]
