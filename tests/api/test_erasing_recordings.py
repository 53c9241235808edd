"""An erased recording leaves nothing: no piece of its words, no copy, no upload, no transcript that it was given."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from api.piecewise_uploads import UploadNotFound
from api.services import Services
from corpus.recording import TranscribedPiece
from corpus.recording_store import RecordingStore
from corpus.unfinished_file import remove_abandoned, unfinished
from tests.sounds import live_webm, tone, vtt, wav
from tests.traces import text_needles, traces

SAID = "The vault code of Zanzibar is heliotrope."


def found(services: Services, *more: bytes) -> list[str]:
    wanted = text_needles(["Zanzibar", "vault"]) | {f"sound {number}": part for number, part in enumerate(more)}
    return traces(services.settings.data, wanted)


def in_the_middle(content: bytes) -> bytes:
    """Bytes that are in no other file."""
    return content[len(content) // 2 :][:64]


def test_pieces_and_decoded_sound_of_an_interrupted_transcription_are_erased(services: Services) -> None:
    content = wav(tone(3, 317))
    document_id = services.library.add_upload("vault.wav", content, "everyone", "owner").document_id or 0
    with services.sessions() as session:
        newest = RecordingStore(session).find_newest(document_id)
    assert newest
    content_hash = newest.version.content_hash
    with services.writing.begin() as session:
        for engine in ("first", "second"):
            piece = TranscribedPiece(
                content_hash=content_hash, engine=engine, start_ms=0, end_ms=9, transcript=SAID.encode()
            )
            RecordingStore(session).put_piece(piece)
    services.transcription.plan(content_hash)
    sound = (services.folder.scratch / f"{content_hash}.pcm").read_bytes()
    (services.folder.scratch / f".{content_hash}.pcm.0badcafe").write_bytes(sound)
    (services.folder.blobs / ".incoming.0badcafe").write_bytes(content)
    # In the blob, in what became of it, in both files that were not finished; the words wherever the database is.
    assert len(found(services, in_the_middle(sound))) >= 4
    services.erasing.erase(["vault.wav"])
    assert found(services, in_the_middle(sound), in_the_middle(content)) == []
    with services.sessions() as session:
        assert session.scalars(select(TranscribedPiece.engine)).all() == []


@pytest.mark.parametrize("transcript_first", [True, False])
def test_the_transcript_that_a_recording_was_given_is_erased_with_it(
    services: Services, transcript_first: bool
) -> None:
    files = [("vault.vtt", vtt([(0, 3, SAID)])), ("vault.wav", wav(tone(3, 317)))]
    for name, content in files if transcript_first else reversed(files):
        services.library.add_upload(name, content, "everyone", "owner")
    services.library.add_upload("leave.md", b"# Leave\n\nThirty days.\n", "everyone", "owner")
    assert found(services) != []
    services.erasing.erase(["vault.wav"])
    assert found(services) == []
    assert [entry.name for entry in services.library.list_documents("owner", 9).entries] == ["leave.md"]


def test_the_same_transcript_of_others_stays(services: Services) -> None:
    for audience in ("everyone", "board"):
        services.library.add_upload("vault.vtt", vtt([(0, 3, SAID)]), audience, "owner")
    services.library.add_upload("vault.wav", wav(tone(3, 317)), "everyone", "owner")
    services.erasing.erase(["vault.wav"])
    (entry,) = services.library.list_documents("owner", 9).entries
    assert (entry.name, entry.audience) == ("vault.vtt", "board")
    with services.library.original(entry.document_id, entry.version_id, "owner").file as file:
        assert b"Zanzibar" in file.read()


def test_an_upload_and_the_copy_for_players_are_erased(services: Services) -> None:
    """Also where the process ended before the upload was told what it has become."""
    content = live_webm(tone(4, 317))
    state = services.piecewise_uploads.begin("vault", "audio/webm", "everyone", "owner")
    services.piecewise_uploads.append(state.upload_id, 0, content, "owner")
    part = services.folder.uploads / f"{state.upload_id}.part"
    services.piecewise_uploads.complete(state.upload_id, len(content), "owner")
    with services.writing.begin() as session:
        upload = RecordingStore(session).find_upload(state.upload_id)
        assert upload
        upload.document_id = None
    part.write_bytes(content)
    # Every container of these streams has the same packets.
    packets = in_the_middle(content)
    assert len(found(services, packets)) >= 3
    services.erasing.erase(["vault.webm"])
    assert found(services, packets) == []
    assert [file for file in services.folder.blobs.rglob("*") if file.is_file()] == []
    with pytest.raises(UploadNotFound):
        services.piecewise_uploads.state(state.upload_id, "owner")


def test_a_file_that_is_being_written_is_not_taken_for_abandoned(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from corpus.unfinished_file import unfinished\n"
        "with unfinished(Path(sys.argv[1])) as file: file.write(b'half'); file.flush(); print(flush=True); input()"
    )
    path = tmp_path / "half"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        remove_abandoned([path, tmp_path / "none"])
        assert path.exists()
        writer.kill()
        writer.wait()
        remove_abandoned([path])
        assert not path.exists()
    with unfinished(path):
        remove_abandoned([path])
    assert path.exists()
