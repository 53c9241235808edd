"""`groundwork audit`, alone and through the server that owns the data folder."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.audit.entry import BEFORE_THE_FIRST
from api.cli import main
from api.commands.options import Exit
from api.services import Services
from api.settings import Settings
from tests.api.audit.test_audit_log import an_act, principal, without_triggers
from tests.api.commands.test_jobs import a_process, call
from tests.conftest import Ticking


def run(settings: Settings, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments, "--data", str(settings.data)])


@pytest.fixture
def recorded(settings: Settings) -> Settings:
    with Services(settings, Ticking()) as services:
        mara = principal(services, "mara")
        for number in range(3):
            services.audit.record(an_act(mara, "document.delete", f"document {number}", after_s=number))
    return settings


def test_entries_are_listed(recorded: Settings) -> None:
    shown = run(recorded, "list", "--object", "document 1")
    assert shown.exit_code == Exit.OK, shown.output
    assert shown.output.splitlines()[1].split()[:1] == ["2"]
    assert "mara  session  document.delete  document 1  allowed" in shown.output
    assert json.loads(run(recorded, "list", "--since", "2026-05-01T12:00:01+00:00", "--json").output)["total"] == 2
    assert run(recorded, "list", "--actor", "timo").output == "There are no such entries.\n"
    assert run(recorded, "list", "--since", "soon").exit_code == Exit.INVALID


def test_a_sound_record_is_told_with_its_head(recorded: Settings) -> None:
    shown = run(recorded, "verify")
    assert shown.exit_code == Exit.OK
    assert "All 3 entries are as they were written, and none is missing." in shown.output
    said = json.loads(run(recorded, "verify", "--json").output)
    assert f"Head: {said['head']} (of 3 entries)" in shown.output
    assert json.loads(run(recorded, "verify", "--json", "--head", said["head"]).output)["noted_entry"] == 3
    assert run(recorded, "verify", "--head", BEFORE_THE_FIRST).exit_code == Exit.OK
    assert run(recorded, "verify", "--head", "0123").exit_code == Exit.INVALID


def test_a_record_that_was_changed_ends_with_a_code_of_its_own(recorded: Settings) -> None:
    head = json.loads(run(recorded, "verify", "--json").output)["head"]
    with Services(recorded, Ticking()) as services:
        without_triggers(services, "DELETE FROM audit_entries WHERE id = 3")
    cut_off = run(recorded, "verify", "--head", head)
    assert cut_off.exit_code == Exit.CONFLICT
    assert "no entry has the noted hash" in cut_off.output
    with Services(recorded, Ticking()) as services, services.writing.begin() as session:
        session.connection().exec_driver_sql("UPDATE audit_entries SET status = 200 WHERE id = 2")
    changed = run(recorded, "verify", "--json")
    assert changed.exit_code == Exit.CONFLICT
    assert json.loads(changed.stdout)["fault_entry"] == 2


def test_the_record_becomes_a_file_that_is_not_written_over(recorded: Settings, tmp_path: Path) -> None:
    out = tmp_path / "audit.csv"
    assert run(recorded, "export", "--format", "csv", "--out", str(out)).exit_code == Exit.OK
    assert len(out.read_text().splitlines()) == 4
    assert run(recorded, "export", "--out", str(out)).exit_code == Exit.CONFLICT
    assert [path.name for path in tmp_path.glob("audit*")] == ["audit.csv"]
    nowhere = run(recorded, "export", "--out", str(tmp_path / "no" / "audit.jsonl"))
    assert nowhere.exit_code == Exit.UNAVAILABLE
    lines = run(recorded, "export", "--until", "2026-05-01T12:00:01+00:00").stdout.splitlines()
    assert [json.loads(line)["object"] for line in lines] == ["document 0"]


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    assert run(Settings(data=tmp_path / "nothing"), "verify").exit_code == Exit.NOT_FOUND


def test_beside_a_server_it_answers_the_same(recorded: Settings, tmp_path: Path) -> None:
    alone = json.loads(run(recorded, "list", "--json").output)["entries"]
    with a_process("serve", recorded.data, "--port", "0"):
        served = json.loads(call(recorded.data, "audit", "list", "--object", "document", "--json").stdout)["entries"]
        assert served == alone
        verified = call(recorded.data, "audit", "verify", "--head", alone[0]["hash"])
        assert verified.returncode == Exit.OK, verified.stderr
        assert "Entry 3 has the noted hash." in verified.stdout
        out = tmp_path / "audit.jsonl"
        assert call(recorded.data, "audit", "export", "--out", str(out)).returncode == Exit.OK
        assert [json.loads(line)["hash"] for line in out.read_text().splitlines()][:3] == [
            entry["hash"] for entry in reversed(alone)
        ]
        assert call(recorded.data, "audit", "verify", "--head", "f" * 64).returncode == Exit.CONFLICT
