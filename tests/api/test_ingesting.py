"""Files become documents whole, once, and each with an outcome of its own."""

import os
from pathlib import Path

import pytest

from api.ingesting import FoundFile, NothingToSync, PathNotFound, find_files
from api.services import Services
from corpus.passage import Passage
from corpus.store import CorpusStore
from ingestion.ingest import FileReport, IncomingFile, Outcome


def ingest(services: Services, *paths: Path, audience: str = "everyone") -> list[FileReport]:
    reports = list(services.ingesting.add_paths(find_files(paths), audience))
    services.indexes.follow()
    return reports


def outcomes(reports: list[FileReport]) -> dict[str, Outcome]:
    return {report.name: report.outcome for report in reports}


def find(services: Services, question: str, user: str = "owner") -> list[Passage]:
    return services.asking.find(question, user, 10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    (documents / "policies").mkdir(parents=True)
    (documents / "policies" / "leave.md").write_text("# Leave\n\nYou get thirty days of leave a year.\n")
    (documents / "travel.txt").write_text("Train journeys are booked in second class.\n")
    return documents


def test_a_folder_is_ingested_with_names_relative_to_it(services: Services, folder: Path) -> None:
    assert outcomes(ingest(services, folder)) == {"policies/leave.md": Outcome.ADDED, "travel.txt": Outcome.ADDED}
    assert find(services, "How many days of leave?")[0].text == "You get thirty days of leave a year."


def test_the_same_bytes_again_are_no_work(services: Services, folder: Path) -> None:
    ingest(services, folder)
    assert set(outcomes(ingest(services, folder)).values()) == {Outcome.UNCHANGED}


def test_changed_bytes_replace_what_is_found(services: Services, folder: Path) -> None:
    ingest(services, folder)
    (folder / "policies" / "leave.md").write_text("# Leave\n\nYou get twenty-eight days of leave a year.\n")
    assert outcomes(ingest(services, folder))["policies/leave.md"] is Outcome.UPDATED
    texts = [passage.text for passage in find(services, "days of leave")]
    assert "You get twenty-eight days of leave a year." in texts
    assert "You get thirty days of leave a year." not in texts


def test_one_bad_file_does_not_stop_the_others(services: Services, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "program.exe").write_bytes(b"MZ\x90\x00" + bytes(200))
    reports = ingest(services, folder)
    failed = {report.name: report.reason for report in reports if report.outcome is Outcome.FAILED}
    assert set(failed) == {"broken.pdf", "empty.txt", "program.exe"}
    assert all(failed.values())
    assert sum(report.outcome is Outcome.ADDED for report in reports) == 2


def test_an_unreadable_new_version_leaves_the_old_one_in_place(services: Services, folder: Path) -> None:
    ingest(services, folder)
    (folder / "policies" / "leave.md").write_bytes(b"")
    assert outcomes(ingest(services, folder))["policies/leave.md"] is Outcome.FAILED
    assert find(services, "days of leave")[0].text == "You get thirty days of leave a year."


def test_syncing_removes_what_is_gone_from_the_folder_only(services: Services, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("Parking is free for visitors.\n")
    ingest(services, folder, elsewhere)
    (folder / "travel.txt").unlink()
    removed = list(services.ingesting.remove_missing(folder, find_files([folder]), "everyone"))
    services.indexes.follow()
    assert [(report.name, report.outcome) for report in removed] == [("travel.txt", Outcome.REMOVED)]
    assert all("Train" not in passage.text for passage in find(services, "Train journeys second class"))
    assert find(services, "Is parking free?")[0].text == "Parking is free for visitors."


def test_syncing_an_empty_folder_is_refused(services: Services, folder: Path) -> None:
    with pytest.raises(NothingToSync):
        list(services.ingesting.remove_missing(folder, [], "everyone"))


def test_ingesting_into_another_audience_moves_the_document(services: Services, folder: Path) -> None:
    ingest(services, folder / "travel.txt")
    assert outcomes(ingest(services, folder / "travel.txt", audience="hr")) == {"travel.txt": Outcome.MOVED}
    (entry,) = services.library.list_documents("owner", 10).entries
    assert entry.audience == "hr"


def test_an_upload_of_known_bytes_names_the_document_that_has_them(services: Services) -> None:
    first = services.ingesting.add_upload(IncomingFile("a.txt", "upload:a.txt", b"Some words."), "everyone")
    again = services.ingesting.add_upload(IncomingFile("b.txt", "upload:b.txt", b"Some words."), "everyone")
    assert (again.outcome, again.document_id) == (Outcome.DUPLICATE, first.document_id)


def test_hidden_files_and_links_are_left_out(folder: Path) -> None:
    (folder / ".secret.txt").write_text("x")
    (folder / ".git").mkdir()
    (folder / ".git" / "config.txt").write_text("x")
    (folder / "link.txt").symlink_to(folder / "travel.txt")
    assert [file.name for file in find_files([folder])] == ["policies/leave.md", "travel.txt"]


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PathNotFound, match=r"nothing at .*gone"):
        find_files([tmp_path / "gone"])


def test_a_file_over_the_limit_is_refused_before_it_is_read(services: Services, tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    with big.open("wb") as file:
        file.truncate(101_000_000)
    (report,) = ingest(services, big)
    assert report.outcome is Outcome.FAILED
    assert "the limit is 100 MB" in (report.reason or "")


def test_what_others_may_not_read_is_not_found_by_them(services: Services, folder: Path) -> None:
    ingest(services, folder / "travel.txt", audience="hr")
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    assert find(services, "Train journeys") != []
    assert find(services, "Train journeys", user="mara") == []


def test_a_file_that_vanishes_is_reported(services: Services, folder: Path) -> None:
    files = find_files([folder])
    (folder / "travel.txt").unlink()
    reports = list(services.ingesting.add_paths(files, "everyone"))
    assert outcomes(reports) == {"policies/leave.md": Outcome.ADDED, "travel.txt": Outcome.FAILED}


def test_syncing_two_folders_of_which_one_is_empty_removes_nothing_of_it(services: Services, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(f"The garage number {name} opens at seven.\n")
    ingest(services, tmp_path / "one", tmp_path / "two")
    (tmp_path / "two" / "two.txt").unlink()
    found = find_files([tmp_path / "one", tmp_path / "two"])
    with pytest.raises(NothingToSync):
        list(services.ingesting.remove_missing(tmp_path / "two", found, "everyone"))
    assert list(services.ingesting.remove_missing(tmp_path / "one", found, "everyone")) == []


def test_what_is_below_a_folder_that_cannot_be_read_stays(services: Services, folder: Path) -> None:
    ingest(services, folder)
    (folder / "policies" / "leave.md").unlink()
    found = [*find_files([folder]), FoundFile(folder / "policies", "policies")]
    assert list(services.ingesting.remove_missing(folder, found, "everyone")) == []
    assert outcomes(list(services.ingesting.add_paths(found, "everyone")))["policies"] is Outcome.FAILED


def test_a_synced_folder_may_be_named_by_a_link(services: Services, folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    ingest(services, link)
    (folder / "travel.txt").unlink()
    removed = services.ingesting.remove_missing(link, find_files([link]), "everyone")
    assert outcomes(list(removed)) == {"travel.txt": Outcome.REMOVED}


def test_a_file_whose_name_is_no_text_is_one_failure(services: Services, folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.txt")).write_text("Coffee is free.\n")
    reports = ingest(services, folder)
    (failed,) = [report for report in reports if report.outcome is Outcome.FAILED]
    assert failed.name == "caf\ufffd.txt"
    assert "Rename" in (failed.reason or "")
    assert len(reports) == 3
