"""Recordings come in with the transcript beside them, are cited by the second, and play to those who may hear them."""

import json
import struct
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import HEADER
from api.ingesting import find_files
from api.library import UploadRejected
from api.services import Services
from api.settings import Settings
from corpus.index_store import IndexStore
from corpus.locator import CueLocator
from corpus.recording import TranscriptOrigin
from corpus.store import CorpusStore
from ingestion.ingest import FileReport, IncomingFile, Outcome
from tests.conftest import Ticking
from tests.sounds import joined, recording, silence, tone, vtt, wav

TALK = joined(tone(4), silence(1), tone(5), silence(1), tone(5))
CUES = [
    (0.0, 4.0, "Welcome to the workshop about our pumps and fans."),
    (5.0, 10.0, "The seal of the pump is changed every six months by two people."),
    (11.0, 16.0, "A worn belt of the fan can be heard as a high whistle."),
]


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, "token"), base_url="http://localhost") as client:
        yield client


def talk_in(folder: Path, *, cues: list[tuple[float, float, str]] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "talk.wav").write_bytes(wav(TALK))
    if cues is not None:
        (folder / "talk.vtt").write_bytes(vtt(cues))
    return folder


def ingest(services: Services, folder: Path, audience: str = "everyone") -> list[FileReport]:
    reports = list(services.ingesting.add_paths(find_files([folder]), audience))
    services.indexes.follow()
    return reports


def test_a_transcript_beside_a_recording_becomes_its_words(services: Services, tmp_path: Path) -> None:
    reports = ingest(services, talk_in(tmp_path / "talks", cues=CUES))
    assert [(report.name, report.outcome) for report in reports] == [
        ("talk.vtt", Outcome.ATTACHED),
        ("talk.wav", Outcome.ADDED),
    ]
    (entry,) = services.library.list_documents("owner", 10).entries
    assert (entry.name, entry.media_type) == ("talk.wav", "audio/wav")
    recorded = services.recordings.find_recording(entry.document_id, entry.version_id, "owner")
    assert recorded
    assert recorded.origin == TranscriptOrigin.BESIDE
    assert recorded.duration_s == 16.0


def test_a_quote_is_placed_at_the_time_of_its_words(services: Services, tmp_path: Path) -> None:
    ingest(services, talk_in(tmp_path / "talks", cues=CUES))
    answer = services.asking.ask("How often is the seal of the pump changed?", "owner")
    citation = answer.sentences[0].citations[0]
    assert "every six months" in citation.quote
    assert isinstance(citation.locator, CueLocator)
    assert citation.locator.start_s == pytest.approx(5.0, abs=2)
    assert citation.locator.end_s == pytest.approx(10.0, abs=2)


def test_the_same_recording_again_changes_nothing(services: Services, tmp_path: Path) -> None:
    folder = talk_in(tmp_path / "talks", cues=CUES)
    ingest(services, folder)
    assert [report.outcome for report in ingest(services, folder)] == [Outcome.ATTACHED, Outcome.UNCHANGED]


def test_a_transcript_that_changed_makes_a_new_version(services: Services, tmp_path: Path) -> None:
    folder = talk_in(tmp_path / "talks", cues=CUES)
    ingest(services, folder)
    talk_in(folder, cues=[*CUES[:2], (11.0, 16.0, "A loose blade of the fan can be felt.")])
    assert [report.outcome for report in ingest(services, folder)] == [Outcome.ATTACHED, Outcome.UPDATED]
    (entry,) = services.library.list_documents("owner", 10).entries
    assert entry.number == 2
    assert "loose blade" in services.library.version_text(entry.document_id, entry.version_id, "owner")


def test_a_recording_without_a_transcript_can_be_played_and_waits_for_one(services: Services, tmp_path: Path) -> None:
    (report,) = ingest(services, talk_in(tmp_path / "talks"))
    assert report.outcome is Outcome.ADDED
    assert report.reason == "What is said in it is not written down yet."
    (entry,) = services.library.list_documents("owner", 10).entries
    assert entry.chunk_count == 0
    with services.recordings.open_media(entry.document_id, entry.version_id, "owner").file as played:
        assert played.read() == wav(TALK)


def test_a_transcript_can_be_attached_later(services: Services, client: TestClient, tmp_path: Path) -> None:
    ingest(services, talk_in(tmp_path / "talks"))
    (entry,) = services.library.list_documents("owner", 10).entries
    reply = client.post(
        f"/api/documents/{entry.document_id}/transcript", files={"file": ("words.vtt", vtt(CUES), "text/vtt")}
    )
    assert reply.status_code == 201
    assert reply.json()["outcome"] == "updated"
    answer = services.asking.ask("How often is the seal of the pump changed?", "owner")
    assert "six months" in answer.sentences[0].text


def test_new_sound_without_words_leaves_the_earlier_words_in_use(services: Services, tmp_path: Path) -> None:
    folder = talk_in(tmp_path / "talks", cues=CUES)
    ingest(services, folder)
    (folder / "talk.vtt").unlink()
    (folder / "talk.wav").write_bytes(wav(joined(tone(3), silence(2))))
    ingest(services, folder)
    (entry,) = services.library.list_documents("owner", 10).entries
    assert entry.number == 1
    assert entry.chunk_count > 0
    with services.sessions() as session:
        assert len(IndexStore(session).active_versions()) == 1


@pytest.mark.parametrize(
    ("name", "form", "codec", "picture", "media_type"),
    [
        ("talk.mp3", "mp3", "libmp3lame", None, "audio/mpeg"),
        ("talk.m4a", "ipod", "aac", None, "audio/mp4"),
        ("talk.flac", "flac", "flac", None, "audio/flac"),
        ("talk.ogg", "ogg", "libopus", None, "audio/ogg"),
        ("talk.opus", "opus", "libopus", None, "audio/ogg"),
        ("talk.mp4", "mp4", "aac", "mpeg4", "video/mp4"),
        ("talk.mov", "mov", "aac", "mpeg4", "video/quicktime"),
        ("talk.webm", "webm", "libopus", "libvpx", "video/webm"),
        ("talk.mkv", "matroska", "flac", "mpeg4", "video/x-matroska"),
    ],
)
def test_every_container_is_taken(
    services: Services, name: str, form: str, codec: str, picture: str | None, media_type: str
) -> None:
    content = recording(joined(tone(1), silence(0.5), tone(1)), form, codec, picture)
    report = services.library.add_upload(name, content, "everyone", "owner")
    entry = services.library.get_document(report.document_id or 0, "owner")
    assert entry.media_type == media_type
    recorded = services.recordings.find_recording(entry.document_id, entry.version_id, "owner")
    assert recorded
    assert recorded.duration_s == pytest.approx(2.5, abs=0.1)
    assert recorded.has_picture is (picture is not None)


def test_a_player_gets_the_part_that_it_asks_for(services: Services, client: TestClient, tmp_path: Path) -> None:
    ingest(services, talk_in(tmp_path / "talks", cues=CUES))
    (entry,) = services.library.list_documents("owner", 10).entries
    address = f"/api/documents/{entry.document_id}/versions/{entry.version_id}/media"
    whole = wav(TALK)
    reply = client.get(address, headers={"Range": "bytes=100-199"})
    assert reply.status_code == 206
    assert reply.content == whole[100:200]
    assert reply.headers["content-range"] == f"bytes 100-199/{len(whole)}"
    assert reply.headers["content-type"] == "audio/wav"
    assert client.get(address).content == whole
    assert client.head(address).headers["content-length"] == str(len(whole))
    assert client.get(address, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    tag = reply.headers["etag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(address, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).status_code == 200


def test_who_may_not_read_a_recording_gets_nothing_of_it(
    services: Services, client: TestClient, tmp_path: Path
) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
    ingest(services, talk_in(tmp_path / "talks", cues=CUES), audience="board")
    (entry,) = services.library.list_documents("owner", 10).entries
    base = f"/api/documents/{entry.document_id}/versions/{entry.version_id}"
    for address in (f"{base}/media", f"{base}/transcript.vtt"):
        assert client.get(address).status_code == 200
        reply = client.get(address, headers={HEADER: "mara"})
        assert reply.status_code == 404
        assert b"talk" not in reply.content


def test_a_transcript_can_be_taken_away_as_subtitles(services: Services, client: TestClient, tmp_path: Path) -> None:
    ingest(services, talk_in(tmp_path / "talks", cues=CUES))
    (entry,) = services.library.list_documents("owner", 10).entries
    reply = client.get(f"/api/documents/{entry.document_id}/versions/{entry.version_id}/transcript.vtt")
    assert "00:00:05.000 --> 00:00:10.000\nThe seal of the pump" in reply.text


def test_a_damaged_recording_says_so_and_stops_no_other(services: Services, tmp_path: Path) -> None:
    folder = talk_in(tmp_path / "talks", cues=CUES)
    whole = recording(TALK, "mp4", "aac", "mpeg4")
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    reports = {report.name: report for report in ingest(services, folder)}
    assert reports["cut.mp4"].outcome is Outcome.FAILED
    assert "damaged" in (reports["cut.mp4"].reason or "")
    assert reports["talk.wav"].outcome is Outcome.ADDED


def long_wav(megabytes: int) -> Iterator[bytes]:
    """Silence after a second of sound, never whole in memory."""
    size = megabytes << 20
    sound = tone(1).tobytes()
    yield b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt "
    yield struct.pack("<IHHIIHH", 16, 1, 2, 48_000, 192_000, 4, 16) + b"data" + struct.pack("<I", size) + sound
    left = size - len(sound)
    while left:
        yield bytes(min(left, 1 << 20))
        left -= min(left, 1 << 20)


def test_an_uploaded_recording_is_never_whole_in_memory(services: Services, tmp_path: Path) -> None:
    with (tmp_path / "long.wav").open("wb") as file:
        file.writelines(long_wav(150))
    services.library.add_upload("short.wav", wav(tone(1)), "everyone", "owner")
    tracemalloc.start()
    try:
        with (tmp_path / "long.wav").open("rb") as file:
            job = services.library.start_upload("long.wav", file, "everyone", "owner")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    report = services.library.find_report(job)
    assert report is not None
    assert services.library.get_document(report.document_id or 0, "owner").size == 44 + (150 << 20)
    assert peak < 50 << 20


def test_a_recording_may_be_larger_than_a_document(settings: Settings) -> None:
    with (
        Services(settings.model_copy(update={"max_file_mb": 1, "max_recording_mb": 5}), Ticking()) as services,
        TestClient(build_app(services, "token"), base_url="http://localhost") as client,
    ):
        for name, content, status in (
            ("talk.wav", b"".join(long_wav(3)), 201),
            ("long.wav", b"".join(long_wav(5)), 422),
            ("text.txt", b"words " * 500_000, 422),
        ):
            assert client.post("/api/documents", files={"file": (name, content)}).status_code == status
        assert client.post("/api/ask", content=bytes(3_000_000)).status_code == 413
        (entry,) = services.library.list_documents("owner", 10).entries
        again = client.post("/api/documents", files={"file": ("again.wav", b"".join(long_wav(3)))}).json()
        assert (again["outcome"], again["document_id"]) == ("duplicate", entry.document_id)
        version = b"".join(long_wav(4))
        reply = client.post(f"/api/documents/{entry.document_id}/versions", files={"file": ("new.wav", version)})
        assert (reply.status_code, reply.json()["outcome"]) == (201, "updated")
        page = client.post("/library", files={"file": ("form.wav", b"".join(long_wav(2)))})
        assert (page.status_code, "form.wav" in page.text) == (200, True)
        assert services.library.list_documents("owner", 10).total == 2


def the_recording(services: Services) -> tuple[str, str]:
    """Its name and its words, of the only document there is."""
    (entry,) = services.library.list_documents("owner", 10).entries
    return entry.name, services.library.version_text(entry.document_id, entry.version_id, "owner")


SAID = "Welcome to the workshop about our pumps and fans."


@pytest.mark.parametrize("transcript", ["talk.vtt", "talk.wav.vtt"])
@pytest.mark.parametrize("recording_first", [True, False])
def test_an_uploaded_transcript_finds_the_recording_it_is_named_like(
    services: Services, transcript: str, recording_first: bool
) -> None:
    files = [("talk.wav", wav(TALK)), (transcript, vtt(CUES))]
    reports = {}
    for name, content in files if recording_first else reversed(files):
        reports[name] = services.library.add_upload(name, content, "everyone", "owner")
    name, words = the_recording(services)
    assert (name, SAID in words) == ("talk.wav", True)
    assert reports[transcript].outcome is (Outcome.ATTACHED if recording_first else Outcome.ADDED)
    found = services.asking.find("How often is the seal changed?", "owner", 10)
    assert {passage.document_id for passage in found} == {reports["talk.wav"].document_id}


def test_what_two_jobs_have_added_side_by_side_is_paired_afterwards(services: Services) -> None:
    services.ingesting.add_upload(IncomingFile("talk.vtt", "upload:talk.vtt", vtt(CUES)), "everyone")
    services.ingesting.add_upload(IncomingFile("talk.wav", "upload:talk.wav", wav(TALK)), "everyone")
    assert len(services.library.list_documents("owner", 10).entries) == 2
    for name in ("talk.wav", "talk.wav", "talk.vtt"):
        services.transcript_pairing.settle(name, "everyone", "owner")
    assert SAID in the_recording(services)[1]


def test_a_transcript_of_another_audience_or_name_stays_a_document(services: Services) -> None:
    services.library.add_upload("talk.vtt", vtt(CUES), "board", "owner")
    services.library.add_upload("walk.vtt", vtt(CUES[:1]), "everyone", "owner")
    services.library.add_upload("talk.wav", wav(TALK), "everyone", "owner")
    names = [entry.name for entry in services.library.list_documents("owner", 10).entries]
    assert names == ["talk.vtt", "talk.wav", "walk.vtt"]


def test_the_json_of_an_engine_is_attached_to_its_recording(services: Services) -> None:
    services.library.add_upload("talk.wav", wav(TALK), "everyone", "owner")
    content = json.dumps({"segments": [{"start": 0, "end": 4, "text": SAID}]}).encode()
    assert services.library.add_upload("talk.json", content, "everyone", "owner").outcome is Outcome.ATTACHED
    assert SAID in the_recording(services)[1]
    with pytest.raises(UploadRejected, match="is no transcript"):
        services.library.add_upload("talk.json", b'{"colour": "red"}', "everyone", "owner")


def test_words_that_a_person_corrected_are_not_overwritten_by_a_file_of_that_name(services: Services) -> None:
    services.library.add_upload("talk.wav", wav(TALK), "everyone", "owner")
    services.library.add_upload("talk.vtt", vtt(CUES), "everyone", "owner")
    (entry,) = services.library.list_documents("owner", 10).entries
    services.recordings.rename_speaker(entry.document_id, entry.version_id, None, "Mara", "owner")
    with pytest.raises(UploadRejected, match="corrected by people"):
        services.library.add_upload("talk.vtt", vtt(CUES[:1]), "everyone", "owner")
    assert "The seal of the pump" in the_recording(services)[1]


def test_only_who_answers_for_a_recording_gives_it_words(services: Services) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
        CorpusStore(session).ensure_user("tom")
    services.library.add_upload("talk.wav", wav(TALK), "everyone", "mara")
    with pytest.raises(UploadRejected, match="Only mara or an administrator can change it"):
        services.library.add_upload("talk.vtt", vtt(CUES), "everyone", "tom")
    assert services.library.add_upload("talk.vtt", vtt(CUES), "everyone", "mara").outcome is Outcome.ATTACHED


@pytest.mark.parametrize("side_by_side", [True, False])
def test_a_file_that_is_no_transcript_hinders_no_recording(services: Services, side_by_side: bool) -> None:
    services.library.add_upload("talk.vtt", b"Notes about the talk.", "everyone", "owner")
    if side_by_side:
        services.ingesting.add_upload(IncomingFile("talk.wav", "upload:talk.wav", wav(TALK)), "everyone")
        assert services.transcript_pairing.settle("talk.wav", "everyone", "owner") is None
    else:
        assert services.library.add_upload("talk.wav", wav(TALK), "everyone", "owner").outcome is Outcome.ADDED
    assert [entry.name for entry in services.library.list_documents("owner", 9).entries] == ["talk.vtt", "talk.wav"]


@pytest.mark.parametrize(("sound", "words"), [("talk.WAV", "talk.vtt"), ("talk.wav", "talk.VTT")])
@pytest.mark.parametrize("recording_first", [True, False])
def test_an_uploaded_transcript_finds_a_recording_whose_name_ends_in_capitals(
    services: Services, sound: str, words: str, recording_first: bool
) -> None:
    files = [(sound, wav(TALK)), (words, vtt(CUES))]
    for name, content in files if recording_first else reversed(files):
        services.library.add_upload(name, content, "everyone", "owner")
    name, said = the_recording(services)
    assert (name, SAID in said) == (sound, True)


def test_a_transcript_beside_a_recording_that_ends_in_capitals_becomes_its_words(
    services: Services, tmp_path: Path
) -> None:
    folder = talk_in(tmp_path / "talks", cues=CUES)
    (folder / "talk.wav").rename(folder / "talk.WAV")
    assert {report.outcome for report in ingest(services, folder)} == {Outcome.ADDED, Outcome.ATTACHED}
    assert SAID in the_recording(services)[1]
