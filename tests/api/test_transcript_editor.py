"""The owner of a recording puts its words right; only what changed is embedded again."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import build_app
from api.context_names import HEADER
from api.services import Services
from api.settings import Settings
from corpus.embedder import Embedder
from corpus.recording_store import RecordingStore
from corpus.store import CorpusStore, DocumentEntry
from ingestion.transcript_editing import CueEdit
from ingestion.transcript_file import TranscriptFile
from tests.conftest import Ticking
from tests.fakes import WordEmbedder
from tests.sounds import tone, vtt, wav

LINES = [
    f"Station {number} is checked by the fitter every {number + 2} weeks, and {number} bolts are counted there."
    for number in range(100)
]
CUES = [(2.0 * at, 2.0 * at + 1.9, line) for at, line in enumerate(LINES)]


class CountingServices(Services):
    embedder: Embedder = WordEmbedder()


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    with CountingServices(settings, Ticking()) as opened:
        yield opened


@pytest.fixture
def talk(services: Services) -> DocumentEntry:
    document_id = services.library.add_upload("talk.wav", wav(tone(200)), "everyone", "owner").document_id or 0
    services.recordings.attach_transcript(document_id, TranscriptFile("words.vtt", vtt(CUES)), "owner")
    return services.library.get_document(document_id, "owner")


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(build_app(services, "token"), base_url="http://localhost") as client:
        yield client


def edit(services: Services, talk: DocumentEntry, number: int, text: str) -> None:
    services.recordings.edit_transcript(
        talk.document_id, talk.version_id, number, [CueEdit(text, None)], False, "owner"
    )


def test_saving_embeds_what_changed_and_its_neighbours(services: Services, talk: DocumentEntry) -> None:
    embedder = services.embedder
    assert isinstance(embedder, WordEmbedder)
    embedder.embedded.clear()
    edit(services, talk, 20, LINES[20].replace("fitter", "electrician"))
    now = services.library.get_document(talk.document_id, "owner")
    assert now.number == talk.number + 1
    assert now.chunk_count >= 8
    # The changed chunk, and two on either side, since a chunk's vector has something of its neighbours in it.
    assert 1 <= len(embedder.embedded) <= 5


def test_vectors_are_those_of_embedding_everything(services: Services, talk: DocumentEntry) -> None:
    edit(services, talk, 20, LINES[20].replace("fitter", "electrician"))
    now = services.library.get_document(talk.document_id, "owner")
    with services.sessions() as session:
        stored = RecordingStore(session).list_vectors(now.version_id, services.model_id)
        newest = RecordingStore(session).find_newest(talk.document_id)
    assert newest
    transcript = services.recordings.get_transcript(talk.document_id, now.version_id, "owner")
    again = services.recording_ingest.rewrite(newest, now.name, now.origin, transcript, newest.recording.origin)
    whole = services.recording_ingest.embed(again)
    assert [each.vector for each in stored] == [vector.astype("<f2").tobytes() for vector in whole]


def test_answers_use_the_corrected_words(services: Services, talk: DocumentEntry) -> None:
    edit(services, talk, 20, "The purple gasket is greased on Fridays.")
    found = services.asking.find("When is the purple gasket greased?", "owner", 3)
    assert "purple gasket" in found[0].text


def test_words_put_right_are_remembered_for_the_audience(services: Services, talk: DocumentEntry) -> None:
    edit(services, talk, 3, LINES[3].replace("fitter", "Wehner"))
    with services.sessions() as session:
        audience = CorpusStore(session).get_audience("everyone")
        assert RecordingStore(session).list_terms(audience.id, 10) == ["Wehner"]


def test_the_form_works_without_script(client: TestClient, services: Services, talk: DocumentEntry) -> None:
    address = f"/documents/{talk.document_id}/transcript"
    shown = client.get(address)
    assert shown.status_code == 200
    assert LINES[99] in shown.text.replace("&#39;", "'")
    form = {
        "version_id": talk.version_id,
        "first": 0,
        "text": ["One.\nTwo.", *LINES[1:]],
        "speaker": ["Wehner"] * 100,
        "join": ["2"],
    }
    reply = client.post(address, data=form, follow_redirects=False)
    assert reply.status_code == 303
    now = services.library.get_document(talk.document_id, "owner")
    transcript = services.recordings.get_transcript(talk.document_id, now.version_id, "owner")
    assert [cue.text for cue in transcript.cues[:3]] == ["One.", "Two.", LINES[1]]
    assert transcript.cues[3].text == f"{LINES[2]} {LINES[3]}"
    assert {cue.speaker for cue in transcript.cues} == {"Wehner"}


def test_two_people_do_not_overwrite_each_other(client: TestClient, services: Services, talk: DocumentEntry) -> None:
    edit(services, talk, 0, "Saved first.")
    form = {"version_id": talk.version_id, "first": 0, "text": ["Typed with care."], "speaker": [""]}
    reply = client.post(f"/documents/{talk.document_id}/transcript", data=form)
    assert reply.status_code == 409
    assert "Typed with care." in reply.text


def test_only_the_owner_of_a_recording_corrects_it(client: TestClient, services: Services, talk: DocumentEntry) -> None:
    with services.writing.begin() as session:
        store = CorpusStore(session)
        store.ensure_user("mara")
        store.ensure_user("ines")
        store.get_document_entity(store.reader("owner"), talk.document_id).owner = "ines"
    address = f"/documents/{talk.document_id}/transcript"
    assert client.get(address, headers={HEADER: "mara"}).status_code == 403
    assert client.get(address, headers={HEADER: "ines"}).status_code == 200
    assert client.get(address, headers={HEADER: "owner"}).status_code == 200


def test_who_may_not_hear_a_recording_may_not_see_its_words(
    client: TestClient, services: Services, talk: DocumentEntry
) -> None:
    with services.writing.begin() as session:
        CorpusStore(session).ensure_user("mara")
        CorpusStore(session).ensure_audience("board", Ticking()())
    services.library.move_document(talk.document_id, "board", "owner")
    address = f"/documents/{talk.document_id}/transcript"
    assert client.get(address, headers={HEADER: "mara"}).status_code == 404
    form = {"version_id": talk.version_id, "first": 0, "text": ["x"], "speaker": [""]}
    assert client.post(address, data=form, headers={HEADER: "mara"}).status_code == 404


def test_a_speaker_is_named_everywhere(client: TestClient, services: Services, talk: DocumentEntry) -> None:
    form = {"version_id": talk.version_id, "speaker": "", "name": "Wehner"}
    client.post(f"/documents/{talk.document_id}/transcript/speaker", data=form)
    now = services.library.get_document(talk.document_id, "owner")
    transcript = services.recordings.get_transcript(talk.document_id, now.version_id, "owner")
    assert {cue.speaker for cue in transcript.cues} == {"Wehner"}
