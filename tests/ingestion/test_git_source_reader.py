"""The documents of a branch are read through a bare copy, without history, hooks or anybody's settings."""

import os
import subprocess
from pathlib import Path

import pytest

from ingestion.git_source_reader import Connection, GitSourceReader, split_address
from ingestion.ingest import FileTooLarge
from ingestion.source_reading import BadSource, ListedItem, SourceUnavailable

WHO = {"GIT_AUTHOR_NAME": "Ana", "GIT_AUTHOR_EMAIL": "ana@example.org"}
ENVIRONMENT = (
    os.environ | WHO | {"GIT_COMMITTER_NAME": "Ana", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": ""}
)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)


class Remote:
    """A bare repository and somebody's copy of it."""

    def __init__(self, folder: Path) -> None:
        self.bare, self.copy = folder / "remote.git", folder / "copy"
        git(folder, "init", "--bare", "--initial-branch=main", str(self.bare))
        git(folder, "clone", str(self.bare), str(self.copy))

    def commit(self, files: dict[str, str], *also: str) -> None:
        for name, text in files.items():
            file = self.copy / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        git(self.copy, "add", "-A")
        git(self.copy, "commit", "-m", "Change", *also)
        git(self.copy, "push", "origin", "HEAD")


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    made = Remote(tmp_path)
    made.commit({"docs/leave.md": "Thirty days.", "docs/größe.txt": "Large.", "readme.md": "Hello.", ".ci/run": "x"})
    return made


def a_reader(remote: Remote, tmp_path: Path, **options: str) -> GitSourceReader:
    return GitSourceReader(str(remote.bare), tmp_path / "ours", None, 1000, environment=os.environ, **options)


def listed(reader: GitSourceReader) -> dict[str, ListedItem]:
    return {item.key: item for item in reader.list_items(lambda key: None)}


def test_files_of_the_branch_are_listed_and_read(remote: Remote, tmp_path: Path) -> None:
    reader = a_reader(remote, tmp_path)
    items = listed(reader)
    assert list(items) == ["docs/größe.txt", "docs/leave.md", "readme.md"]
    found = reader.fetch(items["docs/leave.md"])
    assert found is not None
    assert found.content == b"Thirty days."
    assert not (tmp_path / "ours" / "docs").exists()


def test_only_a_folder_of_it_is_read_on_request(remote: Remote, tmp_path: Path) -> None:
    assert list(listed(a_reader(remote, tmp_path, below="docs/"))) == ["docs/größe.txt", "docs/leave.md"]


def test_only_what_changed_has_another_stamp(remote: Remote, tmp_path: Path) -> None:
    before = listed(a_reader(remote, tmp_path))
    git(remote.copy, "mv", "readme.md", "start.md")
    remote.commit({"docs/leave.md": "Twenty-eight days."})
    after = listed(a_reader(remote, tmp_path))
    assert before["docs/leave.md"].stamp != after["docs/leave.md"].stamp
    assert before["docs/größe.txt"].stamp == after["docs/größe.txt"].stamp
    assert before["readme.md"].stamp == after["start.md"].stamp


def test_rewritten_history_is_followed(remote: Remote, tmp_path: Path) -> None:
    listed(a_reader(remote, tmp_path))
    (remote.copy / "readme.md").write_text("Rewritten.")
    git(remote.copy, "commit", "-a", "--amend", "-m", "Again")
    git(remote.copy, "push", "--force", "origin", "HEAD")
    reader = a_reader(remote, tmp_path)
    found = reader.fetch(listed(reader)["readme.md"])
    assert found is not None
    assert found.content == b"Rewritten."


def test_another_branch_is_read_on_request(remote: Remote, tmp_path: Path) -> None:
    git(remote.copy, "checkout", "-b", "drafts")
    remote.commit({"draft.md": "Not yet."})
    assert "draft.md" in listed(a_reader(remote, tmp_path, branch="drafts"))
    assert "draft.md" not in listed(a_reader(remote, tmp_path, branch="main"))


def test_links_and_large_files_are_left_out(remote: Remote, tmp_path: Path) -> None:
    (remote.copy / "link.md").symlink_to("/etc/passwd")
    remote.commit({"large.txt": "x" * 2000})
    reader = a_reader(remote, tmp_path)
    items = listed(reader)
    assert "link.md" not in items
    with pytest.raises(FileTooLarge):
        reader.fetch(items["large.txt"])


def test_no_hook_runs(remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    templates, ran = tmp_path / "templates" / "hooks", tmp_path / "ran"
    templates.mkdir(parents=True)
    for name in ("post-checkout", "reference-transaction", "post-update"):
        (templates / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (templates / name).chmod(0o755)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(templates.parent))
    assert listed(a_reader(remote, tmp_path))
    assert not ran.exists()


@pytest.mark.parametrize("address", ["ext::sh -c 'touch /tmp/x'", "ssh://host/x", "-u", "host:x", "git://host/x", "x"])
def test_other_ways_to_reach_a_repository_are_refused(address: str) -> None:
    with pytest.raises(BadSource):
        split_address(address)


@pytest.mark.parametrize("branch", ["--upload-pack=x", "a..b", "a b", "refs/x/", "a@{1}"])
def test_odd_branches_are_refused(branch: str, remote: Remote, tmp_path: Path) -> None:
    with pytest.raises(BadSource):
        a_reader(remote, tmp_path, branch=branch)


def test_what_git_says_is_told(remote: Remote, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"remote\.git cannot be read: .*nowhere"):
        listed(a_reader(remote, tmp_path, branch="nowhere"))


def test_a_machine_that_does_not_answer_is_told(tmp_path: Path) -> None:
    there = Connection("git.example", 1, "127.0.0.1", "Bearer abc")
    reader = GitSourceReader("http://git.example:1/x.git", tmp_path / "ours", there, 1000, environment=os.environ)
    with pytest.raises(SourceUnavailable, match=r"git\.example/x\.git cannot be read") as told:
        listed(reader)
    assert "abc" not in str(told.value)


def test_without_git_its_absence_is_told(remote: Remote, tmp_path: Path) -> None:
    reader = GitSourceReader(str(remote.bare), tmp_path / "ours", None, 1000, environment={"PATH": str(tmp_path)})
    with pytest.raises(SourceUnavailable, match="Git is not installed"):
        listed(reader)
