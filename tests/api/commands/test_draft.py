"""`groundwork draft` and `groundwork export`, in the folder itself."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from api.commands.options import Exit
from authoring.course_json import read_content

HANDBOOK = """# Leave

## How much leave there is

Every employee gets thirty days of leave a year. Part-time employees get a share of that which fits their working week.
Unused leave expires on 31 March of the next year. Leave that illness kept somebody from taking does not expire.

## How leave is asked for

1. Agree the dates with your team.
2. Enter them in the calendar two weeks before.
3. Wait until your lead has confirmed them.
"""


@pytest.fixture
def folder(tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GROUNDWORK_CACHE", str(model_cache))
    monkeypatch.setenv("GROUNDWORK_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leave.md").write_text(HANDBOOK)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", "data"])


def test_a_course_is_drafted_from_a_file_and_exported_by_its_title(folder: Path) -> None:
    drafted = call("draft", "leave.md", "--title", "Days off", "--json", "course.json")
    assert drafted.exit_code == Exit.OK, drafted.output
    content = read_content((folder / "course.json").read_bytes())
    claims = [claim for _, claim in content.claims()]
    assert claims
    assert all(claim.is_bound for claim in claims)
    assert f"Drafted  1 of {len(content.lessons)}" in drafted.stdout
    assert "drafted by extractive" in drafted.stdout
    for name in ("json", "html"):
        assert call("export", "Days off", "--format", name, "--out", f"out.{name}", "--draft").exit_code == Exit.OK
    assert read_content((folder / "out.json").read_bytes()) == content
    assert claims[0].text in (folder / "out.html").read_text()
    refused = call("export", "Days off", "--format", "html", "--out", "x.html")
    assert (refused.exit_code, "--draft" in refused.stderr) == (Exit.NOT_FOUND, True)
    again = call("draft", "leave.md", "1", "--lessons", "1")
    assert again.exit_code == Exit.OK, again.output
    assert json.loads(call("status", "--json").stdout)["documents"] == 1


def test_what_cannot_be_drafted_or_exported_is_said(folder: Path) -> None:
    assert call("draft", "nothing.md").exit_code == Exit.NOT_FOUND
    (folder / "empty.md").write_text("")
    unread = call("draft", "empty.md")
    assert (unread.exit_code, "no text" in unread.stderr) == (Exit.INVALID, True)
    unknown = call("export", "1", "--format", "scorm", "--out", "x.zip")
    assert (unknown.exit_code, "json, markdown, html" in unknown.stderr) == (Exit.INVALID, True)
    assert call("export", "99", "--format", "json", "--out", "x.json").exit_code == Exit.NOT_FOUND
    assert not (folder / "x.json").exists()
