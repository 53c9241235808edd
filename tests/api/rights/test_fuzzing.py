"""Whatever is sent, by whomever: no failure of the server, and nothing that the API description does not name."""

import pytest

from tests.api.rights.fuzzing import Fuzzing
from tests.api.rights.organisation import Organisation
from tests.api.rights.visits import Visits


@pytest.mark.filterwarnings("ignore")
def test_nothing_fails_and_every_reply_is_described(founded: tuple[Organisation, Visits]) -> None:
    fuzzing = Fuzzing(*founded, first_seed=1)
    for _ in fuzzing.run(200):
        pass
    assert fuzzing.outcome.faults == {}
    assert fuzzing.outcome.sent >= 150


def test_every_operation_names_its_permission_and_its_problems(founded: tuple[Organisation, Visits]) -> None:
    _, visits = founded
    described = visits("GET", "/api/openapi.json").said
    assert set(described["components"]["securitySchemes"]) == {"key", "session"}
    assert described["paths"]["/api/ask"]["post"]["security"] == [{"key": ["read"]}, {"session": ["read"]}]
    assert described["paths"]["/health"]["get"]["security"] == []
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert {"403", "413", "429"} <= set(operation["responses"]), f"{method} {path}"
            if operation["security"]:
                assert {"401", "503"} <= set(operation["responses"]), f"{method} {path}"
