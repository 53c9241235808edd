"""Speech recognition that works wherever Groundwork is installed: PocketSphinx with the English model it brings.

It hears clear read English passably and everything else badly, hence draft grade. It recognises in a process of its
own: its last pass over a piece holds the interpreter for seconds (measured: .8 s for 11 s of sound), and a server
would answer nobody meanwhile.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence

from corpus.transcript import Transcript, Word
from ingestion.audio import RATE, SAMPLE_BYTES
from ingestion.cues import cues_of
from ingestion.limited_parsing import child_environment
from ingestion.transcriber import TranscriberFailed

_NAME = "PocketSphinx"
_LANGUAGE = "en"
_SECONDS_PER_SECOND = 20.0
_AT_LEAST_S = 60.0


class PocketsphinxTranscriber:
    @property
    def name(self) -> str:
        return _NAME

    @property
    def draft_grade(self) -> bool:
        return True

    def transcribe(self, samples: bytes, vocabulary: Sequence[str], language: str | None) -> Transcript:
        if language not in (None, _LANGUAGE):
            raise TranscriberFailed(_NAME, f"it knows English only, not “{language}”")
        seconds = len(samples) / SAMPLE_BYTES / RATE
        try:
            run = subprocess.run(
                [sys.executable, "-P", "-s", "-m", "ingestion.pocketsphinx_transcriber"],
                input=samples,
                capture_output=True,
                check=True,
                cwd="/",
                env=child_environment(os.environ),
                timeout=_AT_LEAST_S + _SECONDS_PER_SECOND * seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise TranscriberFailed(_NAME, "it took too long") from error
        except subprocess.CalledProcessError as error:
            raise TranscriberFailed(_NAME, f"it ended with status {error.returncode}") from error
        words = [Word(*word) for word in json.loads(run.stdout)]
        return Transcript(cues_of(words), _LANGUAGE, _NAME, draft_grade=True)


def recognised(samples: bytes) -> list[tuple[str, float, float, float]]:
    """Words with their beginning, end and posterior probability."""
    # The process that asks has no use for it; it ships no types.
    from pocketsphinx import Decoder  # type: ignore[import-untyped]  # noqa: PLC0415

    decoder = Decoder(samprate=RATE, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()
    frames = decoder.config["frate"]
    found = []
    for heard in decoder.seg() or ():
        # Pauses, breath and noise stand in brackets; a pronunciation's number stands behind its word.
        if heard.word.startswith(("<", "[", "+")):
            continue
        word = heard.word.partition("(")[0]
        confidence = round(min(max(heard.prob, 0.0), 1.0), 3)
        found.append((word, heard.start_frame / frames, (heard.end_frame + 1) / frames, confidence))
    return found


if __name__ == "__main__":
    os.nice(5)
    json.dump(recognised(sys.stdin.buffer.read()), sys.stdout)
