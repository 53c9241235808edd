"""Groups words into cues: at pauses, at the ends of sentences, and where a line would grow too long to read."""

from collections.abc import Sequence

from corpus.transcript import Cue, Word

PAUSE_S = 0.7
_MOST_WORDS = 16
_FEWEST_WORDS = 4
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")


def cues_of(words: Sequence[Word], speaker: str | None = None) -> tuple[Cue, ...]:
    """Every word is in exactly one cue, in the given order."""
    found: list[Cue] = []
    run: list[Word] = []
    for word in words:
        if run and word.start_s - run[-1].end_s >= PAUSE_S:
            found += _lines(run, speaker)
            run = []
        run.append(word)
        if word.text.rstrip("\"'”’)").endswith(_SENTENCE_ENDS) and len(run) >= _FEWEST_WORDS:
            found += _lines(run, speaker)
            run = []
    if run:
        found += _lines(run, speaker)
    return tuple(found)


def _lines(run: Sequence[Word], speaker: str | None) -> list[Cue]:
    """In two at the longest pause away from either end, until each part is short enough."""
    if len(run) <= _MOST_WORDS:
        return [Cue(tuple(run), speaker)]
    inner = range(_FEWEST_WORDS, len(run) - _FEWEST_WORDS + 1)
    middle = len(run) / 2
    cut = max(inner, key=lambda at: (round(run[at].start_s - run[at - 1].end_s, 2), -abs(at - middle)))
    return _lines(run[:cut], speaker) + _lines(run[cut:], speaker)
