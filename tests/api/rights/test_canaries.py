"""Nobody without access learns a secret, or that there is one, by asking whatever they like."""

from pathlib import Path

import pytest

from tests.api.rights.canaries import Canaries


@pytest.mark.usefixtures("untouched_logs")
def test_secrets_stay_where_they_are(tmp_path: Path, model_cache: Path) -> None:
    canaries = Canaries(tmp_path, model_cache, secrets=20, seed=1)
    assert canaries.run(60) == []
    assert "the one with access met 20 secrets" in canaries.summary
