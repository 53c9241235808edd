"""Corrections of a transcript: words, speakers, where cues begin and end. Words that stay keep their times."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from corpus.errors import Invalid
from corpus.transcript import Cue, Transcript, Word, spread

_LONGEST_SPEAKER = 200
_LONGEST_TERM = 100
_SHORTEST_TERM = 3


@dataclass(frozen=True, slots=True)
class CueEdit:
    """What a cue is to become. A line break in `text` begins a new cue; without words the cue is taken out.

    `joins_next`: it and the next become one. `is_right`: a person has listened to it, so that no word is in doubt.
    """

    text: str
    speaker: str | None
    joins_next: bool = False
    is_right: bool = False


@dataclass(frozen=True, slots=True)
class EditedTranscript:
    """`terms`: words that took the place of others, in their order, each once."""

    transcript: Transcript
    terms: tuple[str, ...]


class EditOutOfPlace(Invalid):
    def __init__(self, first: int, count: int, cues: int) -> None:
        super().__init__(f"The transcript has {cues} cues; {count} from {first} on are not among them. Reload it.")


class NothingLeft(Invalid):
    def __init__(self) -> None:
        super().__init__("A transcript needs words. Delete the recording instead, if nothing in it is of use.")


def edited(transcript: Transcript, first: int, edits: Sequence[CueEdit], is_checked: bool = False) -> EditedTranscript:
    """`edits` are for the cues from `first` on, one each. `is_checked`: all of it is right, so that it is no draft.

    Raises `EditOutOfPlace` or `NothingLeft`.
    """
    if first < 0 or first + len(edits) > len(transcript.cues):
        raise EditOutOfPlace(first, len(edits), len(transcript.cues))
    made: list[Cue] = []
    terms: list[str] = []
    joins = False
    for cue, edit in zip(transcript.cues[first : first + len(edits)], edits, strict=True):
        cues, found = _edited_cue(cue, edit)
        terms += found
        if joins and made and cues:
            before = made.pop()
            cues = [Cue(before.words + cues[0].words, before.speaker), *cues[1:]]
        made += cues
        joins = edit.joins_next
    rest = first + len(edits)
    if joins and made and rest < len(transcript.cues):
        before = made.pop()
        made.append(Cue(before.words + transcript.cues[rest].words, before.speaker))
        rest += 1
    all_cues = (*transcript.cues[:first], *made, *transcript.cues[rest:])
    if not all_cues:
        raise NothingLeft
    if is_checked:
        all_cues = tuple(_without_doubt(cue) for cue in all_cues)
    draft = transcript.draft_grade and not is_checked
    return EditedTranscript(replace(transcript, cues=all_cues, draft_grade=draft), tuple(dict.fromkeys(terms)))


def renamed(transcript: Transcript, speaker: str | None, name: str) -> Transcript:
    """Everywhere. None names the cues whose speaker nobody has named."""
    wanted = _speaker(name)
    cues = tuple(replace(cue, speaker=wanted) if cue.speaker == speaker else cue for cue in transcript.cues)
    return replace(transcript, cues=cues)


def _edited_cue(cue: Cue, edit: CueEdit) -> tuple[list[Cue], list[str]]:
    lines = [line.split() for line in edit.text.splitlines() if line.split()]
    words, terms = _timed(cue.words, [word for line in lines for word in line])
    if edit.is_right:
        words = [replace(word, confidence=None) for word in words]
    found: list[Cue] = []
    for line in lines:
        found.append(Cue(tuple(words[: len(line)]), _speaker(edit.speaker)))
        words = words[len(line) :]
    return found, terms


def _timed(old: Sequence[Word], new: Sequence[str]) -> tuple[list[Word], list[str]]:
    """Words that are the same keep their times; others share the time of those whose place they take."""
    found: list[Word] = []
    terms: list[str] = []
    matcher = SequenceMatcher(None, [word.text for word in old], new, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            found += old[old_start:old_end]
            continue
        replaced, written = old[old_start:old_end], new[new_start:new_end]
        if not written:
            continue
        if len(replaced) == len(written):
            found += [Word(text, word.start_s, word.end_s) for word, text in zip(replaced, written, strict=True)]
        else:
            start_s, end_s = _room(old, old_start, old_end)
            found += spread(" ".join(written), start_s, end_s)
        known = {_bare(word.text) for word in replaced}
        terms += [term for word in written if (term := _term(word)) and _bare(word) not in known]
    return found, terms


def _room(old: Sequence[Word], start: int, end: int) -> tuple[float, float]:
    if start < end:
        return old[start].start_s, old[end - 1].end_s
    before = old[start - 1].end_s if start else old[0].start_s
    after = old[start].start_s if start < len(old) else old[-1].end_s
    return before, max(before, after)


def _term(word: str) -> str | None:
    bare = word.strip(".,;:!?…\"'“”‘’()[]«»")[:_LONGEST_TERM]
    return bare if len(bare) >= _SHORTEST_TERM and any(map(str.isalpha, bare)) else None


def _bare(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


def _without_doubt(cue: Cue) -> Cue:
    return replace(cue, words=tuple(replace(word, confidence=None) for word in cue.words))


def _speaker(name: str | None) -> str | None:
    return " ".join((name or "").split())[:_LONGEST_SPEAKER] or None
