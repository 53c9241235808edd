"""Transcribes a long recording piece by piece. The decoded sound lies in a folder that can be made again."""

from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex

from corpus.blobs import Blobs
from corpus.transcript import Cue, Transcript, shifted
from corpus.unfinished_file import remove_abandoned, unfinished
from ingestion.audio import RATE, SAMPLE_BYTES, AudioDecoding
from ingestion.silences import LoudnessMeter, SoundPiece, cut_at_silences
from ingestion.transcriber import Transcriber


class Transcription:
    def __init__(self, decoding: AudioDecoding, blobs: Blobs, transcriber: Transcriber, scratch: Path) -> None:
        """`scratch`: a folder for decoded sound, 115 MB an hour while a recording is transcribed."""
        self._decoding = decoding
        self._blobs = blobs
        self._transcriber = transcriber
        self._scratch = scratch

    @property
    def engine(self) -> str:
        return self._transcriber.name

    def plan(self, content_hash: str) -> tuple[SoundPiece, ...]:
        """How the recording is cut; the same recording is always cut alike. Raises an `Unreadable`."""
        meter = LoudnessMeter()
        self._decode(content_hash, meter)
        return cut_at_silences(meter.loudness(), meter.milliseconds)

    def hear(self, content_hash: str, piece: SoundPiece, vocabulary: Sequence[str], language: str | None) -> Transcript:
        """What is said in one piece, with times in the whole recording. Raises `TranscriberFailed`."""
        if piece.is_silent:
            return Transcript((), language, self.engine, self._transcriber.draft_grade)
        heard = self._transcriber.transcribe(self._samples(content_hash, piece), vocabulary, language)
        cues = tuple(_within(shifted(cue, piece.start_s), piece) for cue in heard.cues)
        return Transcript(cues, heard.language, self.engine, self._transcriber.draft_grade)

    def join(self, heard: Sequence[Transcript]) -> Transcript:
        """The pieces' transcripts, in their order, as one. Its language is that of most words."""
        counted: dict[str, int] = {}
        for part in heard:
            if part.language is not None:
                counted[part.language] = counted.get(part.language, 0) + sum(len(cue.words) for cue in part.cues)
        language = max(counted, key=lambda known: counted[known]) if counted else None
        cues = tuple(cue for part in heard for cue in part.cues)
        return Transcript(cues, language, self.engine, self._transcriber.draft_grade)

    def forget(self, content_hash: str) -> None:
        """Removes the decoded sound."""
        self._file(content_hash).unlink(missing_ok=True)
        remove_abandoned(self._scratch.glob(f".{content_hash}.*"))

    def _samples(self, content_hash: str, piece: SoundPiece) -> bytes:
        if not self._file(content_hash).exists():
            self._decode(content_hash, LoudnessMeter())
        with self._file(content_hash).open("rb") as file:
            file.seek(_offset(piece.start_ms))
            return file.read(_offset(piece.end_ms) - _offset(piece.start_ms))

    def _decode(self, content_hash: str, meter: LoudnessMeter) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        target = self._file(content_hash)
        temporary = target.with_name(f".{target.name}.{token_hex(4)}")
        try:
            with self._blobs.open(content_hash) as recording, unfinished(temporary) as file:

                def take(part: bytes) -> None:
                    meter.take(part)
                    file.write(part)

                self._decoding.decode(recording, take)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def _file(self, content_hash: str) -> Path:
        return self._scratch / f"{content_hash}.pcm"


def _offset(milliseconds: int) -> int:
    return milliseconds * RATE // 1000 * SAMPLE_BYTES


def _within(cue: Cue, piece: SoundPiece) -> Cue:
    """Engines sometimes end a word behind the end of what they were given."""
    end_s = piece.end_ms / 1000
    words = tuple(
        type(word)(word.text, min(word.start_s, end_s), min(word.end_s, end_s), word.confidence) for word in cue.words
    )
    return Cue(words, cue.speaker)
