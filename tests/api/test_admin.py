"""Administration over HTTP, on pages and in the terminal: people, groups, audiences, tables."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from fastapi.testclient import TestClient

from api.accounts.sign_in_tries import FOR_ONE_ACCOUNT
from api.app import build_app
from api.cli import main
from api.commands.options import Exit
from api.context_names import FORM_HEADER, SESSION_COOKIE, TOKEN_HEADER
from api.services import Services
from api.settings import Settings
from corpus.store import CorpusStore
from tests.conftest import Ticking

HTML = {"Accept": "text/html"}
TOKEN = "a token of the data folder"
SITE = "http://127.0.0.1:8765"


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    """Of an installation with an administrator, ana, as a process that can read the data folder."""
    headers = {TOKEN_HEADER: TOKEN}
    with TestClient(build_app(services, TOKEN), base_url=SITE, headers=headers) as opened:
        assert opened.post("/api/admin/accounts", json={"name": "ana", "roles": ["admin"]}).status_code == 201
        yield opened


def principal(client: TestClient, kind: str, name: str) -> int:
    found: int = client.get("/api/admin/principals", params={"kind": kind, "name": name}).json()["principal_id"]
    return found


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", str(settings.data)])


def test_a_reader_who_was_mistyped_is_named_and_not_made(client: TestClient) -> None:
    reply = client.get("/api/admin/principals", params={"kind": "user", "name": "anna"})
    assert (reply.status_code, reply.json()["detail"]) == (404, "There is no user “anna”. Did you mean “ana”?")
    page = client.get("/admin/audiences/1?reader=user:anna", headers=HTML)
    assert page.status_code == 404
    assert "Did you mean “ana”?" in page.text
    assert client.get("/api/admin/principals", params={"kind": "user", "name": "anna"}).status_code == 404


def test_who_gains_and_loses_sight_is_said_before_and_done_after(client: TestClient, services: Services) -> None:
    client.post("/api/admin/accounts", json={"name": "mara"})
    audience = client.post("/api/admin/audiences", json={"name": "board"}).json()
    services.library.add_upload("pay.md", b"# Pay\n\nThe director earns one euro.\n", "board", "owner")
    group, mara = principal(client, "group", "board"), principal(client, "user", "mara")
    client.put(f"/api/admin/groups/{group}/members/{mara}")
    assert services.library.list_documents("mara", 10).total == 1
    address = f"/api/admin/audiences/{audience['audience_id']}/readers/{group}"
    foreseen = client.get(address).json()
    assert foreseen == {"is_in": True, "change": {"readers": 1, "gain": 0, "lose": 1}}
    assert services.library.list_documents("mara", 10).total == 1
    page = client.get(f"/admin/audiences/{audience['audience_id']}?reader=group:board", headers=HTML).text
    assert "1 person loses sight of 1 document." in page
    assert "pay.md" not in page
    assert client.delete(address).json() == foreseen["change"]
    assert services.library.list_documents("mara", 10).total == 0
    assert client.delete(address).status_code == 404


@pytest.mark.parametrize("page", [False, True])
def test_the_log_says_which_account_was_added(client: TestClient, services: Services, page: bool) -> None:
    if page:
        assert client.post("/admin/people", data={"name": "mara", "role": "sme"}).status_code == 200
    else:
        assert client.post("/api/admin/accounts", json={"name": "mara"}).status_code == 201
    assert client.post("/api/admin/accounts", json={"name": "Mara"}).status_code == 409
    services.audit.stop()
    entries = client.get("/api/admin/audit", params={"action": "account.add"}).json()["entries"]
    number = principal(client, "user", "mara")
    said = [(entry["object"], entry["decision"]) for entry in entries]
    assert said[:4] == [("", "failed"), ("", "allowed"), (f"account {number}", "allowed"), ("", "allowed")]


def test_whoever_guesses_at_the_present_password_is_told_when_to_go_on(settings: Settings) -> None:
    unlimited = settings.model_copy(update={"limit_sign_in_per_minute": 0})
    with Services(unlimited, Ticking()) as services, TestClient(build_app(services, TOKEN), base_url=SITE) as client:
        told = {"name": "mara", "roles": ["admin"]}
        added = client.post("/api/admin/accounts", json=told, headers={TOKEN_HEADER: TOKEN}).json()
        password = {"password": "moss lantern quiet 42", "again": "moss lantern quiet 42"}
        opened = client.post(added["link"]["link"], data=password, follow_redirects=False)
        secret = opened.headers["set-cookie"].split(f"{SESSION_COOKIE}=")[1].split(";")[0]
        mara = HTML | {"Cookie": f"{SESSION_COOKIE}={secret}"}
        shown = client.get("/account", headers=mara).text
        mara[FORM_HEADER] = shown.split('name="form-token" content="')[1].split('"')[0]
        replies = [
            client.post("/account/password", data={"present": "a guess", **password}, headers=mara)
            for _ in range(FOR_ONE_ACCOUNT.failures + 1)
        ]
    assert [reply.status_code for reply in replies] == [422] * FOR_ONE_ACCOUNT.failures + [429]
    assert "Too many tries. Wait" in replies[-1].text
    assert 0 < int(replies[-1].headers["retry-after"]) <= FOR_ONE_ACCOUNT.within.total_seconds()


def test_readers_that_a_source_names_stay_as_it_names_them(client: TestClient, services: Services) -> None:
    with services.writing.begin() as session:
        store = CorpusStore(session)
        audience_id = store.ensure_audience_of(["user:tim"], services.now()).id
        ana = store.ensure_user("ana").id
    reply = client.put(f"/api/admin/audiences/{audience_id}/readers/{ana}")
    assert reply.status_code == 409
    assert "stands for exactly those" in reply.json()["detail"]


def test_a_table_with_a_bad_row_changes_nothing_unless_asked(client: TestClient) -> None:
    table = "name,display_name,roles,groups\nmara,=Mara,sme;reviewer,field team\nx/y,,,\ntim,,chief,\n"
    refused = client.post("/api/admin/people", json={"table": table, "makes_groups": True}).json()
    assert not refused["applied"]
    assert [row["line"] for row in refused["bad"]] == [3, 4]
    assert client.get("/api/admin/accounts").json()["total"] == 1
    assert client.get("/api/admin/groups").json() == []
    body = {"table": table, "makes_groups": True, "skips_bad": True}
    done = client.post("/api/admin/people", json=body).json()
    assert (done["applied"], done["added"], done["new_groups"]) == (True, ["mara"], ["field team"])
    again = client.post("/api/admin/people", json=body).json()
    assert (again["added"], again["changed"], again["unchanged"]) == ([], [], 1)


def test_what_is_exported_is_read_back_and_computes_nothing(client: TestClient) -> None:
    client.post("/api/admin/accounts", json={"name": "-mara", "display_name": "=1+1", "roles": ["sme", "reviewer"]})
    table = client.get("/api/admin/people.csv").text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [row["display_name"] for row in rows if row["name"] == "'-mara"] == ["'=1+1"]
    report = client.post("/api/admin/people", json={"table": table}).json()
    assert (report["applied"], report["unchanged"], report["bad"]) == (True, 2, [])


def test_a_table_cannot_take_the_last_administrator_away(client: TestClient) -> None:
    report = client.post("/api/admin/people", json={"table": "name,roles\nana,employee\n"}).json()
    assert not report["applied"]
    assert "only administrator" in report["bad"][0]["reason"]
    handed_over = client.post("/api/admin/people", json={"table": "name,roles\nana,employee\nmara,admin\n"}).json()
    assert handed_over["applied"]
    assert handed_over["added"] == ["mara"]


def test_somebody_joins_a_group_on_its_page(client: TestClient) -> None:
    made = client.post("/admin/groups", data={"name": "field team"}, headers=HTML)
    assert made.status_code == 200
    group, ana = principal(client, "group", "field team"), principal(client, "user", "ana")
    page = client.post(f"/admin/groups/{group}/members", data={"name": "ana", "back": f"/admin/groups/{group}"})
    assert "The group is changed" in page.text
    (entry,) = client.get("/api/admin/audit", params={"action": "group.join"}).json()["entries"]
    assert entry["object"] == f"group {group} user {ana}"
    assert "There is no user “anna”" in client.post(f"/admin/groups/{group}/members", data={"name": "anna"}).text


def test_ids_of_documents_are_not_given_again(services: Services) -> None:
    first = services.library.add_upload("a.md", b"# A\n\nSomething is said here.\n", "everyone", "owner").document_id
    assert first is not None
    services.erasing.erase([str(first)])
    second = services.library.add_upload("b.md", b"# B\n\nSomething else is.\n", "everyone", "owner").document_id
    assert second is not None
    assert second > first


def test_the_terminal_administers_without_a_server_and_is_recorded(settings: Settings) -> None:
    assert run(settings, "user", "add", "mara").exit_code == Exit.CONFLICT
    assert run(settings, "user", "add", "ana", "--role", "admin").exit_code == Exit.OK
    assert run(settings, "audience", "create", "board").exit_code == Exit.OK
    typo = run(settings, "audience", "allow", "board", "user:anna")
    assert typo.exit_code == Exit.NOT_FOUND
    assert "Did you mean “ana”?" in typo.stderr
    assert run(settings, "audience", "allow", "board", "user:ana", "--yes").exit_code == Exit.OK
    assert run(settings, "audience", "allow", "board", "user:tim", "--new", "--yes").exit_code == Exit.OK
    key = json.loads(run(settings, "key", "add", "ana", "report", "--json").output)
    assert key["secret"].startswith("gw_")
    assert run(settings, "key", "revoke", str(key["key_id"])).exit_code == Exit.OK
    said = json.loads(run(settings, "audit", "list", "--json").output)
    done = [(entry["action"], entry["via"]) for entry in said["entries"] if entry["decision"] == "allowed"]
    assert ("key.revoke", "local") in done
    assert ("audience.allow", "local") in done
    assert run(settings, "erase", "user:tim", "--yes").exit_code == Exit.OK
    erased = json.loads(run(settings, "audit", "list", "--action", "document.erase", "--json").output)
    assert erased["total"] == 1


def test_the_description_of_the_api_needs_no_data() -> None:
    shown = CliRunner().invoke(main, ["openapi"])
    assert shown.exit_code == Exit.OK
    assert "/api/admin/accounts" in json.loads(shown.stdout)["paths"]
