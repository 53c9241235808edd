"""Syncing a source takes in what is new, follows what moved, removes what is gone, and costs nothing otherwise."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from api.ingesting import find_files
from api.jobs.job import State
from api.services import Services
from api.settings import Settings
from api.source_syncing import SourceSyncing
from api.sources import NewSource
from corpus.document import Document
from corpus.errors import Invalid
from corpus.store import CorpusStore
from ingestion.ingest import Step
from ingestion.source import Source, SourceKind, SourceNameTaken, SyncUnderWay
from ingestion.source_reading import (
    FetchedItem,
    ItemGone,
    ListedItem,
    Recall,
    SourceUnavailable,
)
from ingestion.store import SourceStore
from ingestion.syncing import SyncReport
from ingestion.transcript_editing import CueEdit
from tests.conftest import NOON, Ticking
from tests.sounds import joined, silence, tone, vtt, wav

LONG_AGO_S = NOON.timestamp() - 3600


def write(file: Path, text: str, at_s: float = LONG_AGO_S) -> None:
    """With a modification time that is settled."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (at_s, at_s))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    write(documents / "policies" / "leave.md", "# Leave\n\nYou get thirty days of leave a year.\n")
    write(documents / "policies" / "travel.md", "# Travel\n\nTrain journeys are booked in second class.\n")
    write(documents / "parking.txt", "Parking is free for visitors.\n")
    write(documents / "canteen.txt", "The canteen serves lunch from noon.\n")
    return documents


def add_folder(services: Services, folder: Path, name: str = "Handbook", audience: str = "everyone") -> int:
    entry = services.sources.add(NewSource(name, SourceKind.FOLDER, str(folder), audience), {}, "owner")
    return entry.source.id


def sync(services: Services, source_id: int, confirmed: int = 0) -> SyncReport:
    job = services.sources.start_sync(source_id, "owner", confirmed)
    assert job.state.is_over
    return report_of(services, source_id)


def report_of(services: Services, source_id: int) -> SyncReport:
    report = services.sources.get(source_id, "owner").source.report
    assert report is not None
    return SyncReport.from_json(report)


def names(services: Services) -> list[str]:
    return [entry.name for entry in services.library.list_documents("owner", 50).entries]


def texts(services: Services, question: str) -> list[str]:
    return [passage.text for passage in services.asking.find(question, "owner", 10)]


class Listing:
    """A source of a test's own: what is listed, what is fetched, and how it fails."""

    def __init__(self, items: Mapping[str, str | FetchedItem | Exception], lists_everything: bool = True) -> None:
        self.items = dict(items)
        self.lists_everything = lists_everything
        self.keeps_listing = False
        self.fails_after: int | None = None
        self.fetched: list[str] = []

    def list_items(self, recall: Recall) -> Iterator[ListedItem]:
        for number, (key, content) in enumerate(self.items.items()):
            if number == self.fails_after:
                raise SourceUnavailable("The share went away.")
            yield ListedItem(key, f"test:{key}", key, stamp=repr(content))

    def fetch(self, item: ListedItem) -> FetchedItem | None:
        self.fetched.append(item.key)
        content = self.items[item.key]
        if isinstance(content, Exception):
            raise content
        return content if isinstance(content, FetchedItem) else FetchedItem(content.encode())

    def close(self) -> None:
        pass


@pytest.fixture
def syncing(services: Services) -> SourceSyncing:
    return services.source_syncing


@pytest.fixture
def source(services: Services, folder: Path) -> Source:
    return services.sources.get(add_folder(services, folder), "owner").source


def test_a_folder_is_taken_in_and_then_costs_nothing(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    first = sync(services, source_id)
    assert (first.listed, first.added, first.problem) == (4, 4, None)
    assert texts(services, "How many days of leave?")[0] == "You get thirty days of leave a year."
    (folder / "parking.txt").chmod(0)
    second = sync(services, source_id)
    assert (second.unchanged, second.added, second.updated, second.failed) == (4, 0, 0, 0)


def test_a_changed_file_replaces_what_is_found(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    write(folder / "policies" / "leave.md", "# Leave\n\nYou get twenty-eight days of leave.\n", LONG_AGO_S + 60)
    report = sync(services, source_id)
    assert (report.updated, report.unchanged) == (1, 3)
    assert "You get twenty-eight days of leave." in texts(services, "days of leave")
    assert "You get thirty days of leave a year." not in texts(services, "days of leave")


def test_a_file_that_was_only_touched_is_no_new_version(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    os.utime(folder / "parking.txt", (LONG_AGO_S + 60, LONG_AGO_S + 60))
    assert sync(services, source_id).unchanged == 4
    assert {entry.number for entry in services.library.list_documents("owner", 9).entries} == {1}


def test_a_file_written_a_moment_ago_is_looked_at_again(services: Services, folder: Path) -> None:
    """Its next change may leave size and time as they are."""
    source_id = add_folder(services, folder)
    write(folder / "note.txt", "The gate is open.\n", NOON.timestamp() + 100)
    sync(services, source_id)
    write(folder / "note.txt", "The gate is shut.\n", NOON.timestamp() + 100)
    assert sync(services, source_id).updated == 1


def test_renamed_and_moved_files_keep_document_and_vectors(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    before = {entry.name: entry.document_id for entry in services.library.list_documents("owner", 9).entries}
    (folder / "policies").rename(folder / "rules")
    (folder / "parking.txt").rename(folder / "visitors.txt")
    embedded: list[Step] = []
    services.ingesting._ingest.reached = embedded.append
    report = sync(services, source_id)
    assert (report.moved, report.added, report.removed) == (3, 0, 0)
    assert Step.EMBEDDED not in embedded
    after = {entry.name: entry.document_id for entry in services.library.list_documents("owner", 9).entries}
    assert after["rules/leave.md"] == before["policies/leave.md"]
    assert after["visitors.txt"] == before["parking.txt"]
    assert texts(services, "Is parking free?")[0] == "Parking is free for visitors."


def test_two_copies_of_a_file_that_moved_are_told_apart(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    text = (folder / "parking.txt").read_text()
    (folder / "parking.txt").unlink()
    write(folder / "a.txt", text)
    write(folder / "b.txt", text)
    report = sync(services, source_id)
    assert (report.moved, report.added, report.failed) == (1, 1, 0)
    assert {"a.txt", "b.txt"} <= set(names(services))


def test_what_is_gone_is_gone_from_answers(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    (folder / "parking.txt").unlink()
    assert sync(services, source_id).removed == 1
    assert all("Parking" not in text for text in texts(services, "Is parking free?"))


def test_an_empty_or_missing_folder_removes_nothing(services: Services, folder: Path, tmp_path: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    folder.rename(tmp_path / "elsewhere")
    missing = sync(services, source_id, confirmed=100)
    assert "There is no folder" in (missing.problem or "")
    folder.mkdir()
    empty = sync(services, source_id, confirmed=100)
    assert (empty.removed, empty.held_back, empty.problem) == (0, 4, None)
    assert len(names(services)) == 4


def test_a_large_drop_waits_for_somebody_to_confirm_it(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    for name in ("parking.txt", "canteen.txt", "policies/leave.md"):
        (folder / name).unlink()
    assert (sync(services, source_id).removed, len(names(services))) == (0, 4)
    assert (sync(services, source_id, confirmed=2).held_back, len(names(services))) == (3, 4)
    assert sync(services, source_id, confirmed=3).removed == 3
    assert names(services) == ["policies/travel.md"]


def test_a_listing_that_breaks_off_removes_nothing_and_adds_what_it_saw(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    reader = Listing({"a": "The first.", "b": "The second.", "c": "The third."})
    syncing.sync(source, reader)
    reader.items = {"new": "Something new.", "a": "The first.", "b": "The second."}
    reader.fails_after = 2
    report = syncing.sync(source, reader)
    assert (report.added, report.removed, report.problem) == (1, 0, "The share went away.")
    assert names(services) == ["a", "b", "c", "new"]


def test_a_feed_keeps_what_it_no_longer_names(services: Services, syncing: SourceSyncing, source: Source) -> None:
    reader = Listing({"a": "The first.", "b": "The second."}, lists_everything=False)
    syncing.sync(source, reader)
    del reader.items["a"]
    assert syncing.sync(source, reader).removed == 0
    assert names(services) == ["a", "b"]


def test_a_page_that_fetching_finds_gone_is_removed(services: Services, syncing: SourceSyncing, source: Source) -> None:
    reader = Listing({"a": "The first.", "b": "The second.", "c": "The third."})
    syncing.sync(source, reader)
    reader.items["a"] = ItemGone("a")
    assert syncing.sync(source, reader).removed == 1
    assert names(services) == ["b", "c"]


def test_what_cannot_be_fetched_now_is_tried_again(services: Services, syncing: SourceSyncing, source: Source) -> None:
    reader = Listing({"a": SourceUnavailable("Too busy."), "b": "The second."})
    report = syncing.sync(source, reader)
    assert (report.failed, report.failures[0].reason) == (1, "Too busy.")
    same_stamp = reader.items["a"]
    assert syncing.sync(source, reader).failed == 1
    assert reader.fetched.count("a") == 2
    reader.items["a"] = "The first."
    assert repr(same_stamp) != repr(reader.items["a"])
    assert syncing.sync(source, reader).added == 1


def test_what_cannot_be_read_is_not_read_again_until_it_changes(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    reader = Listing({"a.pdf": "%PDF-1.7 and nothing more", "b": "The second."})
    assert syncing.sync(source, reader).failed == 1
    report = syncing.sync(source, reader)
    assert (report.failed, report.failures[0].name, reader.fetched.count("a.pdf")) == (1, "a.pdf", 1)


def test_a_document_deleted_in_the_library_does_not_come_back(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    (parking,) = services.library.list_documents("owner", 1, name_contains="parking").entries
    services.library.delete_document(parking.document_id, "owner")
    write(folder / "parking.txt", "Parking costs three euros.\n", LONG_AGO_S + 60)
    sync(services, source_id)
    assert "parking.txt" not in names(services)


def test_a_document_moved_to_other_readers_stays_with_them(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    (leave,) = services.library.list_documents("owner", 1, name_contains="leave").entries
    services.library.move_document(leave.document_id, "hr", "owner")
    write(folder / "policies" / "leave.md", "# Leave\n\nYou get two days of leave.\n", LONG_AGO_S + 60)
    assert sync(services, source_id).updated == 1
    assert services.library.get_document(leave.document_id, "owner").audience == "hr"


def test_access_lists_decide_who_may_read(services: Services, syncing: SourceSyncing, source: Source) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("ana")
        CorpusStore(session).ensure_user("mara")
    secret = FetchedItem(b"The merger is called Bluebird.", readers=frozenset({"user:ana"}))
    reader = Listing({"plan": secret, "menu": "Soup on Mondays."})
    syncing.sync(source, reader)
    assert services.asking.find("What is the merger called?", "ana", 5)[0].text == "The merger is called Bluebird."
    assert all("Bluebird" not in found.text for found in services.asking.find("merger", "mara", 5))
    reader.items["plan"] = FetchedItem(secret.content, readers=frozenset({"user:mara"}))
    assert syncing.sync(source, reader).moved == 1
    assert all("Bluebird" not in found.text for found in services.asking.find("merger", "ana", 5))
    assert services.asking.find("merger", "mara", 5)[0].text == "The merger is called Bluebird."


def test_an_access_list_that_makes_no_sense_keeps_the_document_out(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    reader = Listing({"plan": FetchedItem(b"The merger.", readers=frozenset({"role:boss"})), "menu": "Soup."})
    report = syncing.sync(source, reader)
    assert (report.failed, names(services)) == (1, ["menu"])


def test_a_file_known_from_another_source_is_left_to_it(services: Services, folder: Path) -> None:
    sync(services, add_folder(services, folder))
    report = sync(services, add_folder(services, folder / "policies", "Policies", audience="hr"))
    assert report.failed == 2
    assert "comes from the source “Handbook” already" in report.failures[0].reason
    assert {entry.audience for entry in services.library.list_documents("owner", 9).entries} == {"everyone"}


def test_files_that_were_ingested_before_become_the_sources(services: Services, folder: Path) -> None:
    list(services.ingesting.add_paths(find_files([folder]), "everyone"))
    report = sync(services, add_folder(services, folder))
    assert (report.added, report.unchanged) == (0, 4)
    assert len(names(services)) == 4


def test_a_sync_that_ends_in_the_middle_is_continued(services: Services, folder: Path) -> None:
    class Killed(BaseException):
        pass

    left = [Step.COMMITTED, Step.COMMITTED]

    def reached(step: Step) -> None:
        if step is Step.COMMITTED:
            if not left:
                raise Killed
            left.pop()

    source_id = add_folder(services, folder)
    ingest = services.ingesting._ingest
    ingest.reached = reached
    with pytest.raises(Killed):
        services.sources.sync_now(source_id, "owner")
    ingest.reached = lambda step: None
    seen: list[tuple[int, int]] = []
    report = services.sources.sync_now(source_id, "owner", progress=lambda done, total: seen.append((done, total)))
    assert (report.added, seen) == (1, [(1, 1)])
    assert len(names(services)) == 4
    with services.sessions() as session:
        assert SourceStore(session).count_recorded(source_id) == 4


def test_a_sync_is_a_job_that_says_what_it_does(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    job = services.sources.start_sync(source_id, "owner")
    assert (job.kind, job.title, job.state, job.done, job.total) == ("sync", "Handbook", State.DONE, 4, 4)
    assert services.jobs.result(job.job_id, "owner")["added"] == 4
    assert services.sources.find_job(source_id) is None


def test_one_source_is_not_synced_twice_at_a_time(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    services.jobs.halt()
    waiting = services.sources.start_sync(source_id, "owner")
    assert services.sources.find_job(source_id) == waiting
    with pytest.raises(SyncUnderWay) as refused:
        services.sources.start_sync(source_id, "owner")
    assert f"job {waiting.job_id}" in str(refused.value)
    with pytest.raises(SyncUnderWay):
        services.sources.remove(source_id, "owner")
    assert not services.sources.start_changed(source_id)


def test_requests_at_the_same_time_start_one_sync(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    services.jobs.halt()
    together = Barrier(6)

    def ask() -> bool:
        together.wait()
        try:
            services.sources.start_sync(source_id, "owner")
        except SyncUnderWay:
            return False
        return True

    with ThreadPoolExecutor(6) as askers:
        started = [asked.result() for asked in [askers.submit(ask) for _ in range(6)]]
    assert started.count(True) == 1


def test_a_source_that_cannot_be_read_is_a_failed_job(services: Services, folder: Path, tmp_path: Path) -> None:
    source_id = add_folder(services, folder)
    folder.rename(tmp_path / "elsewhere")
    job = services.sources.start_sync(source_id, "owner")
    assert (job.state, "There is no folder" in (job.reason or "")) == (State.FAILED, True)


def test_two_syncs_at_once_remove_nothing_that_is_there(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    reader = Listing({f"{number}": f"This is number {number}." for number in range(6)})
    syncing.sync(source, reader)
    first = syncing.list(source, reader)
    syncing.list(source, reader)
    removed = syncing.remove_gone(source, reader, first.started_at, 0, 100)
    assert (removed.removed, len(names(services))) == (0, 6)


def test_the_report_of_the_last_sync_is_kept(services: Services, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    source_id = add_folder(services, folder)
    report = sync(services, source_id)
    assert report_of(services, source_id) == report
    assert report.failures[0].name == "broken.pdf"


def test_removing_a_source_removes_its_documents_unless_they_are_to_stay(services: Services, folder: Path) -> None:
    source_id = add_folder(services, folder)
    sync(services, source_id)
    assert services.sources.remove(source_id, "owner", keep_documents=True) == 0
    assert len(names(services)) == 4
    source_id = add_folder(services, folder)
    sync(services, source_id)
    assert services.sources.remove(source_id, "owner") == 4
    assert names(services) == []


def test_a_name_is_given_once(services: Services, folder: Path) -> None:
    add_folder(services, folder)
    with pytest.raises(SourceNameTaken):
        add_folder(services, folder)


def test_sources_of_other_readers_are_not_shown(services: Services, folder: Path) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    source_id = add_folder(services, folder, audience="hr")
    assert services.sources.list_entries("mara") == []
    assert [entry.source.id for entry in services.sources.list_entries("owner")] == [source_id]


def test_a_source_is_due_when_its_time_has_come(services: Services, folder: Path) -> None:
    new = NewSource("Handbook", SourceKind.FOLDER, str(folder), every_minutes=5)
    source_id = services.sources.add(new, {}, "owner").source.id
    services.sources.start_due()
    assert report_of(services, source_id).added == 4
    services.sources.start_due()
    assert services.jobs.list_jobs("owner", 10).total == 1


def test_a_folder_outside_of_those_allowed_is_refused(services: Services, folder: Path, tmp_path: Path) -> None:
    services.source_readers._folders = (tmp_path / "other",)
    with pytest.raises(Invalid, match="GROUNDWORK_SOURCE_FOLDERS"):
        add_folder(services, folder)


SAID = "The seal of the pump is changed every six months."


def write_talk(folder: Path, said: str | None = SAID, at_s: float = LONG_AGO_S, sound: bool = True) -> None:
    files = {}
    if sound:
        files["talk.wav"] = wav(joined(tone(4), silence(1)))
    if said is not None:
        files["talk.vtt"] = vtt([(0, 4, said)])
    for name, content in files.items():
        (folder / name).write_bytes(content)
        os.utime(folder / name, (at_s, at_s))


def words_of(services: Services) -> dict[str, str]:
    """Of each document about the talk."""
    return {
        entry.name: services.library.version_text(entry.document_id, entry.version_id, "owner")
        for entry in services.library.list_documents("owner", 50, name_contains="talk").entries
    }


def test_a_recording_is_taken_in_with_the_transcript_beside_it(services: Services, folder: Path) -> None:
    write_talk(folder)
    source_id = add_folder(services, folder)
    report = sync(services, source_id)
    assert (report.listed, report.added, report.failed) == (6, 5, 0)
    assert words_of(services) == {"talk.wav": SAID}
    again = sync(services, source_id)
    assert (again.unchanged, again.updated, again.added) == (6, 0, 0)


def test_a_transcript_that_comes_later_or_changes_gives_the_recording_its_words(
    services: Services, folder: Path
) -> None:
    write_talk(folder, None)
    source_id = add_folder(services, folder)
    sync(services, source_id)
    assert words_of(services) == {"talk.wav": ""}
    write_talk(folder, sound=False)
    sync(services, source_id)
    assert words_of(services) == {"talk.wav": SAID}
    write_talk(folder, "The seal is changed once a year.", LONG_AGO_S + 60, sound=False)
    sync(services, source_id)
    assert words_of(services) == {"talk.wav": "The seal is changed once a year."}
    (folder / "talk.vtt").unlink()
    assert sync(services, source_id).removed == 0
    assert words_of(services) == {"talk.wav": "The seal is changed once a year."}


def test_a_transcript_is_no_document_any_more_when_its_recording_comes(services: Services, folder: Path) -> None:
    write_talk(folder, sound=False)
    source_id = add_folder(services, folder)
    sync(services, source_id)
    assert list(words_of(services)) == ["talk.vtt"]
    write_talk(folder, None)
    sync(services, source_id)
    assert words_of(services) == {"talk.wav": SAID}
    assert sync(services, source_id).unchanged == 6


def test_a_recording_of_any_source_takes_its_transcript_along(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    sound, words = FetchedItem(wav(joined(tone(4), silence(1)))), FetchedItem(vtt([(0, 4, SAID)]))
    reader = Listing({"talk.vtt": words, "talk.wav": sound})
    syncing.sync(source, reader)
    assert words_of(services) == {"talk.wav": SAID}
    assert services.library.list_documents("owner", 9, name_contains="talk").entries[0].owner == "owner"


def test_a_recording_in_a_folder_may_be_larger_than_a_document(settings: Settings, folder: Path) -> None:
    write_talk(folder, None)
    (folder / "talk.wav").write_bytes(wav(silence(40)))
    with Services(settings.model_copy(update={"max_file_mb": 1}), Ticking()) as services:
        assert sync(services, add_folder(services, folder)).failed == 0
        assert words_of(services) == {"talk.wav": ""}


TALK = wav(joined(tone(4), silence(1)))
WORDS = vtt([(0, 4, SAID)])
LATER = "The seal is changed once a year."


def test_a_transcript_for_fewer_readers_than_its_recording_is_a_document_of_its_own(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    mara, both = frozenset({"user:mara"}), frozenset({"user:mara", "user:tom"})
    words, sound = FetchedItem(WORDS, readers=mara), FetchedItem(TALK, readers=both)
    reader = Listing({"talk.vtt": words, "talk.wav": sound})
    syncing.sync(source, reader)
    assert services.asking.find("When is the seal changed?", "tom", 5) == []
    assert services.asking.find("When is the seal changed?", "mara", 5)[0].text == SAID
    assert words_of(services) == {"talk.vtt": WORDS.decode(), "talk.wav": ""}
    reader.items["talk.vtt"] = FetchedItem(vtt([(0, 4, LATER)]), readers=mara)
    syncing.sync(source, reader)
    assert services.asking.find("seal", "tom", 5) == []
    assert words_of(services) == {"talk.vtt": vtt([(0, 4, LATER)]).decode(), "talk.wav": ""}


def test_a_transcript_for_the_readers_of_its_recording_becomes_its_words(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    mara = frozenset({"user:mara"})
    reader = Listing({"talk.vtt": FetchedItem(WORDS, readers=mara), "talk.wav": FetchedItem(TALK, readers=mara)})
    syncing.sync(source, reader)
    assert words_of(services) == {"talk.wav": SAID}
    assert services.asking.find("When is the seal changed?", "mara", 5)[0].text == SAID


MARA, BOTH = frozenset({"user:mara"}), frozenset({"user:mara", "user:tom"})


def talk_for(sound: frozenset[str], words: frozenset[str], said: bytes = WORDS) -> dict[str, FetchedItem]:
    return {"talk.vtt": FetchedItem(said, readers=words), "talk.wav": FetchedItem(TALK, readers=sound)}


def found(services: Services, user: str) -> list[str]:
    """What the user finds about the seal."""
    return [passage.text for passage in services.asking.find("When is the seal changed?", user, 5)]


def test_the_words_stay_behind_when_only_the_recording_goes_to_more_readers(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("tom")
    reader = Listing(talk_for(MARA, MARA))
    syncing.sync(source, reader)
    assert (found(services, "mara"), found(services, "tom")) == ([SAID], [])
    reader.items |= talk_for(BOTH, MARA)
    assert syncing.sync(source, reader).failed == 0
    assert (found(services, "mara"), found(services, "tom")) == ([SAID], [])
    assert words_of(services) == {"talk.vtt": WORDS.decode(), "talk.wav": ""}
    (entry,) = services.library.list_documents("tom", 9).entries
    assert entry.name == "talk.wav"
    assert syncing.sync(source, reader).unchanged == 2
    assert found(services, "tom") == []


def test_a_recording_loses_the_words_that_are_for_fewer_readers_by_now(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    reader = Listing(talk_for(BOTH, BOTH))
    syncing.sync(source, reader)
    assert (found(services, "mara"), found(services, "tom")) == ([SAID], [SAID])
    reader.items |= talk_for(BOTH, MARA)
    assert syncing.sync(source, reader).failed == 0
    assert (found(services, "mara"), found(services, "tom")) == ([SAID], [])
    assert words_of(services) == {"talk.vtt": WORDS.decode(), "talk.wav": ""}
    assert syncing.sync(source, reader).unchanged == 2
    reader.items |= talk_for(BOTH, BOTH)
    syncing.sync(source, reader)
    assert words_of(services) == {"talk.wav": SAID}
    assert found(services, "tom") == [SAID]


def test_a_recording_that_is_renamed_for_more_readers_takes_no_words_along(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    reader = Listing(talk_for(MARA, MARA))
    syncing.sync(source, reader)
    reader.items = {"talk.vtt": reader.items["talk.vtt"], "talk of may.wav": FetchedItem(TALK, readers=BOTH)}
    syncing.sync(source, reader)
    assert found(services, "tom") == []
    assert words_of(services)["talk of may.wav"] == ""
    syncing.sync(source, reader)
    assert (found(services, "mara"), found(services, "tom")) == ([SAID], [])


@pytest.mark.parametrize(("before", "after"), [(MARA, BOTH), (BOTH, MARA)])
def test_a_recording_and_its_transcript_go_to_other_readers_together(
    services: Services, syncing: SourceSyncing, source: Source, before: frozenset[str], after: frozenset[str]
) -> None:
    reader = Listing(talk_for(before, before))
    syncing.sync(source, reader)
    reader.items |= talk_for(after, after, vtt([(0, 4, LATER)]))
    syncing.sync(source, reader)
    assert words_of(services) == {"talk.wav": LATER}
    assert found(services, "mara") == [LATER]
    assert found(services, "tom") == ([LATER] if after == BOTH else [])


def test_new_words_of_a_recording_that_a_person_moved_stay_with_its_readers(services: Services, folder: Path) -> None:
    write_talk(folder)
    source_id = add_folder(services, folder)
    sync(services, source_id)
    (entry,) = services.library.list_documents("owner", 9, name_contains="talk").entries
    with services.writing.begin() as session:
        board = CorpusStore(session).ensure_audience("board", NOON)
        CorpusStore(session).move(session.get_one(Document, entry.document_id), board.id)
    write_talk(folder, LATER, LONG_AGO_S + 60, sound=False)
    sync(services, source_id)
    (entry,) = services.library.list_documents("owner", 9, name_contains="talk").entries
    assert (entry.name, entry.audience) == ("talk.wav", "board")
    assert words_of(services) == {"talk.wav": LATER}


def test_a_transcript_stays_a_document_while_its_recording_cannot_be_read(services: Services, folder: Path) -> None:
    write_talk(folder)
    (folder / "talk.wav").write_bytes(TALK[:30])
    source_id = add_folder(services, folder)
    assert sync(services, source_id).failed == 1
    assert words_of(services) == {"talk.vtt": WORDS.decode()}
    write_talk(folder, LATER, LONG_AGO_S + 60, sound=False)
    sync(services, source_id)
    assert words_of(services) == {"talk.vtt": vtt([(0, 4, LATER)]).decode()}
    (folder / "talk.wav").write_bytes(TALK)
    sync(services, source_id)
    assert words_of(services) == {"talk.wav": LATER}


def test_a_text_that_is_named_like_a_recording_swallows_no_transcript(
    services: Services, syncing: SourceSyncing, source: Source
) -> None:
    syncing.sync(source, Listing({"talk.mp4": "The talk was not recorded.", "talk.vtt": FetchedItem(WORDS)}))
    assert words_of(services) == {"talk.mp4": "The talk was not recorded.", "talk.vtt": WORDS.decode()}


def test_words_that_a_person_corrected_stay_when_the_transcript_file_changes(services: Services, folder: Path) -> None:
    write_talk(folder)
    source_id = add_folder(services, folder)
    sync(services, source_id)
    (entry,) = services.library.list_documents("owner", 9, name_contains="talk").entries
    edit = CueEdit(SAID.replace("pump", "turbine"), None)
    services.recordings.edit_transcript(entry.document_id, entry.version_id, 0, [edit], True, "owner")
    corrected = {"talk.wav": SAID.replace("pump", "turbine")}
    write_talk(folder, LATER, LONG_AGO_S + 60)
    report = sync(services, source_id)
    assert ["corrected by people" in failure.reason for failure in report.failures] == [True]
    assert words_of(services) == corrected


def test_a_transcript_that_stays_when_its_recording_goes_is_a_document_again(services: Services, folder: Path) -> None:
    write_talk(folder)
    source_id = add_folder(services, folder)
    sync(services, source_id)
    (folder / "talk.wav").unlink()
    assert sync(services, source_id).removed == 1
    sync(services, source_id)
    assert words_of(services) == {"talk.vtt": WORDS.decode()}
    assert sync(services, source_id).unchanged == 5


def test_a_file_that_is_no_transcript_stays_a_document_beside_its_recording(services: Services, folder: Path) -> None:
    write_talk(folder)
    (folder / "talk.vtt").write_text("Notes about the talk.")
    source_id = add_folder(services, folder)
    assert sync(services, source_id).failed == 0
    assert words_of(services) == {"talk.vtt": "Notes about the talk.", "talk.wav": ""}


@pytest.mark.parametrize(("sound", "words"), [("talk.WAV", "talk.vtt"), ("talk.wav", "talk.VTT")])
def test_a_recording_and_its_transcript_may_end_in_capitals(
    services: Services, syncing: SourceSyncing, source: Source, sound: str, words: str
) -> None:
    syncing.sync(source, Listing({words: FetchedItem(WORDS), sound: FetchedItem(TALK)}))
    assert words_of(services) == {sound: SAID}
