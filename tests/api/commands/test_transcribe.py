"""`groundwork transcribe`: the same in the folder itself and through the server that owns it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.commands.options import Exit
from tests.api.commands.test_jobs import a_process, call
from tests.sounds import babble, vtt, wav


@pytest.fixture
def data(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a recording that says nothing yet, and one whose words lay beside it. Nobody transcribes by itself."""
    monkeypatch.setenv("GROUNDWORK_CACHE", str(model_cache))
    monkeypatch.setenv("GROUNDWORK_TRANSCRIBER", "off")
    folder = tmp_path / "talks"
    folder.mkdir()
    (folder / "new.wav").write_bytes(wav(babble(12)))
    (folder / "old.wav").write_bytes(wav(babble(6)))
    (folder / "old.vtt").write_bytes(vtt([(0, 2, "A person wrote this.")]))
    assert CliRunner().invoke(main, ["ingest", str(folder), "--data", str(tmp_path / "data")]).exit_code == Exit.OK
    return tmp_path / "data"


def transcribe(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["transcribe", *arguments, "--data", str(data)])


def test_a_recording_is_transcribed_by_its_name_and_the_engine_that_is_named(data: Path) -> None:
    done = transcribe(data, "new.wav", "--engine", "pocketsphinx", "--json")
    assert done.exit_code == Exit.OK, done.stderr
    said = json.loads(done.stdout)
    assert (said["name"], said["words"] > 0) == ("new.wav", True)
    again = transcribe(data, str(said["document_id"]), "--engine", "pocketsphinx")
    assert again.stdout == f"“new.wav”: {said['words']} words.\n"


def test_what_keeps_a_recording_from_being_transcribed_is_said(data: Path) -> None:
    off = transcribe(data, "new.wav")
    assert (off.exit_code, "GROUNDWORK_TRANSCRIBER" in off.stderr) == (Exit.CONFLICT, True)
    written = transcribe(data, "old.wav", "--engine", "pocketsphinx")
    assert (written.exit_code, "--replace" in written.stderr) == (Exit.CONFLICT, True)
    assert transcribe(data, "nothing.wav").exit_code == Exit.NOT_FOUND
    assert transcribe(data, "99").exit_code == Exit.NOT_FOUND
    assert transcribe(data, "old.wav", "--engine", "pocketsphinx", "--replace").exit_code == Exit.OK


def test_the_server_transcribes_as_a_job(data: Path) -> None:
    with a_process("serve", data, "--port", "0", TRANSCRIBER="off"):
        done = call(data, "transcribe", "new.wav", "--engine", "pocketsphinx", "--json")
        assert done.returncode == Exit.OK, done.stderr
        assert json.loads(done.stdout)["words"] > 0
        refused = call(data, "transcribe", "old.wav", "--engine", "pocketsphinx")
        assert (refused.returncode, "--replace" in refused.stderr) == (Exit.CONFLICT, True)
        jobs = json.loads(call(data, "jobs", "--json").stdout)["jobs"]
    assert [(job["kind"], job["title"], job["state"]) for job in jobs] == [("transcribe", "new.wav", "done")]
