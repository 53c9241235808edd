"""Writes transcripts as WebVTT, for players and for taking them elsewhere."""

from corpus.transcript import Transcript


def vtt_of(transcript: Transcript) -> str:
    blocks = ["WEBVTT\n"]
    for cue in transcript.cues:
        voice = f"<v {_escaped(cue.speaker)}>" if cue.speaker else ""
        end_s = max(cue.end_s, cue.start_s + 0.001)
        blocks.append(f"{_clock(cue.start_s)} --> {_clock(end_s)}\n{voice}{_escaped(cue.text)}\n")
    return "\n".join(blocks)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
