"""A backup taken while the installation is used makes the same installation again, or nothing at all."""

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner

from api.backup import AlreadyThere, BadBackup, FolderNotEmpty, NothingToBackUp, back_up, restore
from api.cli import main
from api.commands.options import Exit
from api.data_folder import DataFolder
from api.schema import NewerSchema
from api.services import Services
from api.settings import Settings
from ingestion.ingest import IncomingFile
from tests.chaos.disturbance import contents
from tests.conftest import Ticking

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def note(number: int) -> IncomingFile:
    text = f"# Note {number}\n\nThe code of note {number} is K-{number}.\n"
    return IncomingFile(f"note {number}.md", f"upload:note {number}.md", text.encode())


def add(services: Services, number: int) -> None:
    services.ingesting.add_upload(note(number), "everyone")
    services.indexes.follow()


def backed_up(services: Services, target: Path) -> Path:
    back_up(DataFolder(services.settings.data), target, "1", NOW)
    return target


def rewritten(archive: Path, target: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The archive with its members as `change` returns them; None leaves one out."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


def test_a_restored_installation_is_the_one_that_was_backed_up(services: Services, tmp_path: Path) -> None:
    for number in range(3):
        add(services, number)
    services.library.delete_document(1, "owner")
    archive = backed_up(services, tmp_path / "backup.zip")
    assert archive.stat().st_mode & 0o077 == 0
    add(services, 4)
    restore(archive, tmp_path / "restored")
    assert sorted(path.name for path in (tmp_path / "restored").iterdir()) == ["blobs", "groundwork.sqlite"]
    settings = services.settings.model_copy(update={"data": tmp_path / "restored"})
    with Services(settings, Ticking()) as restored:
        assert [content.name for content in contents(restored.settings.data)] == ["note 1.md", "note 2.md"]
        assert "K-2" in restored.asking.find("code of note 2", "owner", 1)[0].text
        with restored.library.original(2, 2, "owner").file as original:
            assert original.read() == note(1).content


def test_a_backup_taken_while_documents_come_in_holds_whole_documents_only(services: Services, tmp_path: Path) -> None:
    add(services, 0)
    stopped, started = Event(), Event()

    def keep_adding() -> None:
        number = 1
        while not stopped.is_set():
            services.ingesting.add_upload(note(number), "everyone")
            number += 1
            if number > 3:
                started.set()

    writer = Thread(target=keep_adding)
    writer.start()
    try:
        assert started.wait(60)
        archives = [backed_up(services, tmp_path / f"{number}.zip") for number in range(3)]
    finally:
        stopped.set()
        writer.join()
    for archive in archives:
        restore(archive, tmp_path / archive.stem)
        restored = contents(tmp_path / archive.stem)
        assert len(restored) >= 3
        assert all(content.chunks for content in restored)


def test_through_the_command_line(services: Services, tmp_path: Path) -> None:
    add(services, 7)
    services.close()
    data, archive = str(services.settings.data), str(tmp_path / "backup.zip")
    made = CliRunner().invoke(main, ["backup", archive, "--data", data, "--json"])
    assert json.loads(made.stdout)["files"] == 1, made.output
    again = CliRunner().invoke(main, ["backup", archive, "--data", data])
    assert again.exit_code == Exit.CONFLICT
    onto_itself = CliRunner().invoke(main, ["restore", archive, "--data", data])
    assert onto_itself.exit_code == Exit.CONFLICT
    restored = CliRunner().invoke(main, ["restore", archive, "--data", str(tmp_path / "restored")])
    assert restored.exit_code == Exit.OK, restored.output
    found = CliRunner().invoke(main, ["search", "code of note 7", "--data", str(tmp_path / "restored")])
    assert "K-7" in found.output


def test_nothing_is_overwritten(services: Services, tmp_path: Path) -> None:
    add(services, 0)
    archive = backed_up(services, tmp_path / "backup.zip")
    with pytest.raises(AlreadyThere):
        backed_up(services, archive)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    with pytest.raises(FolderNotEmpty):
        restore(archive, tmp_path / "full")
    with pytest.raises(NothingToBackUp):
        back_up(DataFolder(tmp_path / "nothing"), tmp_path / "other.zip", "1", NOW)


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _with_manifest(change: Callable[[dict[str, object]], object]) -> Callable[[str, bytes], bytes]:
    def changed(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        manifest = json.loads(content)
        change(manifest)
        return json.dumps(manifest).encode()

    return changed


DAMAGES: dict[str, Callable[[str, bytes], bytes | None]] = {
    "a changed file": lambda name, content: _flipped(content) if name.startswith("blobs/") else content,
    "a changed database": lambda name, content: _flipped(content) if name.endswith(".sqlite") else content,
    "a missing file": lambda name, content: None if name.startswith("blobs/") else content,
    "a missing manifest": lambda name, content: None if name == "manifest.json" else content,
    "a broken manifest": lambda name, content: content[:-20] if name == "manifest.json" else content,
    "a path out of the folder": _with_manifest(lambda it: it["members"][1].update(name="../evil")),  # type: ignore[index]
    "a name twice": _with_manifest(lambda it: it["members"].append(it["members"][1])),  # type: ignore[attr-defined, index]
    "a forgotten file": _with_manifest(lambda it: it["members"].pop()),  # type: ignore[attr-defined]
    "another size": _with_manifest(lambda it: it["members"][1].update(size=1)),  # type: ignore[index]
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    with Services(Settings(data=folder / "data", cache=model_cache, threads=1), Ticking()) as services:
        add(services, 0)
        return backed_up(services, folder / "backup.zip")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_refused_and_leaves_nothing(damage: str, archive: Path, tmp_path: Path) -> None:
    damaged = rewritten(archive, tmp_path / "damaged.zip", DAMAGES[damage])
    with pytest.raises(BadBackup):
        restore(damaged, tmp_path / "restored")
    assert [path.name for path in tmp_path.iterdir()] == ["damaged.zip"]


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_backup_is_refused(kept: float, archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(BadBackup):
        restore(tmp_path / "cut.zip", tmp_path / "restored")


def test_a_backup_of_a_newer_version_is_refused(archive: Path, tmp_path: Path) -> None:
    newer = rewritten(archive, tmp_path / "newer.zip", _with_manifest(lambda it: it.update(form="9999")))
    with pytest.raises(NewerSchema):
        restore(newer, tmp_path / "restored")
