"""Recordings without a transcript are heard piece by piece; a crash repeats one piece only."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import pytest

from api.jobs.transcribe_kind import KIND, TranscribeKind, transcribe_arguments
from api.services import Services
from api.settings import Settings
from api.transcribing import NothingHeard, Overtaken
from corpus.recording import TranscriptOrigin
from corpus.recording_store import RecordingStore
from corpus.store import CorpusStore, DocumentEntry
from ingestion.transcriber import TranscriberFailed
from ingestion.transcript_file import TranscriptFile
from ingestion.transcription import Transcription
from tests.conftest import Ticking
from tests.ingestion.scripted_transcriber import ScriptedTranscriber
from tests.sounds import joined, silence, tone, vtt, wav

LONG = joined(*(part for _ in range(10) for part in (tone(6), silence(1.5))))
"""75 seconds: three pieces."""

Opened = Callable[[ScriptedTranscriber], Services]


class TranscribingServices(Services):
    def __init__(self, settings: Settings, transcriber: ScriptedTranscriber) -> None:
        super().__init__(settings, Ticking())
        self.scripted = transcriber

    @cached_property
    def transcription(self) -> Transcription:
        return Transcription(self.decoding, self.blobs, self.scripted, self.folder.scratch)


@pytest.fixture
def opened(settings: Settings) -> Iterator[Opened]:
    made: list[Services] = []

    def open_with(transcriber: ScriptedTranscriber) -> Services:
        for before in made:
            before.close()
        made.append(TranscribingServices(settings, transcriber))
        return made[-1]

    yield open_with
    for services in made:
        services.close()


def added(services: Services, content: bytes, name: str = "talk.wav", audience: str = "everyone") -> DocumentEntry:
    report = services.library.add_upload(name, content, audience, "owner")
    return services.library.get_document(report.document_id or 0, "owner")


def entry_of(services: Services, document_id: int) -> DocumentEntry:
    return services.library.get_document(document_id, "owner")


def test_a_waiting_recording_is_transcribed_by_a_job(opened: Opened) -> None:
    services = opened(ScriptedTranscriber("the seal of the pump is changed every six months"))
    entry = added(services, wav(LONG))
    services.transcribe_waiting()
    (job,) = services.jobs.list_jobs("owner", 10, kind=KIND).entries
    assert (job.state, job.done, job.total, job.unit) == ("done", 2, 2, "minutes of sound")
    now = entry_of(services, entry.document_id)
    assert now.number == 2
    recorded = services.recordings.find_recording(now.document_id, now.version_id, "owner")
    assert recorded
    assert recorded.origin == TranscriptOrigin.RECOGNISED
    answer = services.asking.ask("How often is the seal of the pump changed?", "owner")
    assert "six months" in answer.sentences[0].text
    services.transcribe_waiting()
    assert services.jobs.list_jobs("owner", 10, kind=KIND).total == 1


def test_pieces_are_cut_in_pauses_and_times_count_from_the_beginning(opened: Opened) -> None:
    services = opened(ScriptedTranscriber("one two three"))
    entry = added(services, wav(LONG))
    *_, last = services.transcribing.transcribe(entry.document_id, entry.version_id)
    assert last.total_ms == 75_000
    now = entry_of(services, entry.document_id)
    transcript = services.recordings.get_transcript(now.document_id, now.version_id, "owner")
    starts = [word.start_s for word in transcript.words if word.text == "one"]
    assert len(starts) == len(services.transcription.plan(_content_hash(services, entry)))
    # A tone of six seconds and a pause of one and a half follow each other: cuts lie in pauses.
    assert all(start == 0 or 6 <= start % 7.5 <= 7.5 for start in starts)


def test_a_failure_repeats_one_piece_only(opened: Opened) -> None:
    failing = ScriptedTranscriber(fails_at=2)
    services = opened(failing)
    entry = added(services, wav(LONG))
    with pytest.raises(TranscriberFailed):
        list(services.transcribing.transcribe(entry.document_id, entry.version_id))
    again = ScriptedTranscriber()
    services = opened(again)
    list(services.transcribing.transcribe(entry.document_id, entry.version_id))
    pieces = services.transcription.plan(_content_hash(services, entry))
    assert len(failing.calls) == 2
    assert len(again.calls) == len(pieces) - 1


def test_finishing_twice_records_once(opened: Opened) -> None:
    services = opened(ScriptedTranscriber())
    entry = added(services, wav(LONG))
    kind = TranscribeKind(lambda: services.transcribing)
    arguments = transcribe_arguments(entry.document_id, entry.version_id, entry.name)
    reports = [kind.do(arguments, unit, lambda text: None) for unit in kind.plan(arguments)]
    first, second = kind.finish(arguments, reports), kind.finish(arguments, reports)
    assert first == second
    assert entry_of(services, entry.document_id).number == 2


def test_decoded_sound_that_was_lost_is_decoded_again(opened: Opened) -> None:
    services = opened(ScriptedTranscriber())
    entry = added(services, wav(LONG))
    pieces = services.transcribing.plan(entry.document_id, entry.version_id)
    (decoded,) = services.folder.scratch.glob("*.pcm")
    decoded.unlink()
    assert services.transcribing.hear(entry.document_id, entry.version_id, pieces[1]) == 5
    services.transcribing.finish(entry.document_id, entry.version_id, pieces)
    assert list(services.folder.scratch.iterdir()) == []


def test_a_transcript_attached_meanwhile_is_kept(opened: Opened) -> None:
    services = opened(ScriptedTranscriber())
    entry = added(services, wav(LONG))
    pieces = services.transcribing.plan(entry.document_id, entry.version_id)
    services.recordings.attach_transcript(
        entry.document_id, TranscriptFile("words.vtt", vtt([(0, 5, "A person wrote this.")])), "owner"
    )
    with pytest.raises(Overtaken):
        services.transcribing.finish(entry.document_id, entry.version_id, pieces)
    now = entry_of(services, entry.document_id)
    assert services.library.version_text(now.document_id, now.version_id, "owner") == "A person wrote this."


def test_silence_is_given_to_no_engine(opened: Opened) -> None:
    transcriber = ScriptedTranscriber()
    services = opened(transcriber)
    entry = added(services, wav(silence(10)))
    with pytest.raises(NothingHeard):
        list(services.transcribing.transcribe(entry.document_id, entry.version_id))
    assert transcriber.calls == []


def test_words_put_right_are_hints_for_the_audience_they_belong_to(opened: Opened) -> None:
    transcriber = ScriptedTranscriber()
    services = opened(transcriber)
    closed = added(services, wav(LONG), "board.wav", "board")
    public = added(services, wav(joined(tone(5), silence(1))), "all.wav")
    with services.writing.begin() as session:
        board = CorpusStore(session).get_audience("board")
        RecordingStore(session).add_terms(board.id, ["Dashwood"], Ticking()())
    list(services.transcribing.transcribe(closed.document_id, closed.version_id))
    assert set(transcriber.vocabularies) == {("Dashwood",)}
    transcriber.vocabularies.clear()
    list(services.transcribing.transcribe(public.document_id, public.version_id))
    assert set(transcriber.vocabularies) == {()}


def test_a_draft_is_called_a_draft(opened: Opened) -> None:
    services = opened(ScriptedTranscriber(draft_grade=True))
    entry = added(services, wav(LONG))
    list(services.transcribing.transcribe(entry.document_id, entry.version_id))
    (remark,) = entry_of(services, entry.document_id).remarks
    assert "draft by scripted" in remark


def test_a_transcription_that_is_switched_off_starts_nothing(settings: Settings, tmp_path: Path) -> None:
    off = settings.model_copy(update={"data": tmp_path / "off", "transcriber": "off"})
    with Services(off, Ticking()) as services:
        added(services, wav(tone(1)))
        services.transcribe_waiting()
        assert services.jobs.list_jobs("owner", 10).total == 1


def _content_hash(services: Services, entry: DocumentEntry) -> str:
    with services.sessions() as session:
        newest = RecordingStore(session).find_newest(entry.document_id)
    assert newest
    return newest.version.content_hash
