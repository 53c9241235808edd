"""Whether what a claim quotes still stands in the new version of its document, and what stands there instead. Pure."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property

from assistant.sentences import split_statements
from authoring.block import Clip, Picture
from authoring.claim import Evidence, Stance
from authoring.record import RiskKind
from authoring.source_text import SourceText, all_places
from corpus.citation import is_inside_a_word
from corpus.locator import CuePlace, PagePlace, SlidePlace, Span
from corpus.store import StoredChunk

SHORT = 30
"""A quote of fewer characters may stand elsewhere by chance: it has to be found in the statement that it stood in."""

_WHOLE = 8
"""A sentence, item or row of at least so many characters is known again wherever it moved."""

_LIKE = 0.5
"""From so much shared weight of words on, a passage is what became of another."""

_LIKE_IN_PLACE = 0.3
"""The same where what stands before or after it has stayed."""

_WORD = re.compile(r"\w+(?:[.,'’]\w+)*")
_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Lost:
    """`old_passage` is what the quote stood in, `new_passage` what became of it, None where nothing like it is there;
    `mend` those words of it that are in the quote's place.
    """

    kind: RiskKind
    old_passage: str
    new_passage: Evidence | None = None
    mend: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, item or row at its place in a chunk. `key` is its text with single white space."""

    chunk: StoredChunk
    span: Span
    key: str
    before: str
    after: str
    """Keys of the statements before and after it in the document, empty at the ends."""


class StatedSource:
    """A version taken apart into statements, once for all claims that stand on it."""

    def __init__(self, source: SourceText) -> None:
        self.source = source

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        found = [
            (chunk, statement.span, " ".join(statement.text.split()))
            for chunk in self.source.chunks
            for statement in split_statements(chunk.text, chunk.kind)
        ]
        keys = ["", *(key for _, _, key in found), ""]
        return tuple(
            Statement(chunk, span, key, keys[place], keys[place + 2]) for place, (chunk, span, key) in enumerate(found)
        )

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset(statement.key for statement in self.statements)

    @cached_property
    def counted(self) -> dict[str, Counter[str]]:
        """The words of each statement, by its key."""
        return {key: Counter(_words(key)) for key in self.keys}

    @cached_property
    def weights(self) -> dict[str, float]:
        """Of words: those of few statements weigh more."""
        spread = Counter(word for statement in self.statements for word in set(_words(statement.key)))
        count = len(self.statements)
        return {word: math.log(1 + count / often) for word, often in spread.items()}

    def runs(self, keys: Sequence[str]) -> Iterator[Sequence[Statement]]:
        """Where these statements stand one after the other in one chunk."""
        for start in self._starts.get(keys[0], ()):
            run = self.statements[start : start + len(keys)]
            if [one.key for one in run] == list(keys) and run[0].chunk.chunk_id == run[-1].chunk.chunk_id:
                yield run

    @cached_property
    def _starts(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, statement in enumerate(self.statements):
            found.setdefault(statement.key, []).append(place)
        return found

    def around(self, chunk: StoredChunk, span: Span) -> list[Statement]:
        """The statements that the place in the chunk touches."""
        return [
            statement
            for statement in self.statements
            if statement.chunk.chunk_id == chunk.chunk_id and statement.span.overlaps(span)
        ]


class SourceChange:
    """From the version that claims stand on to the document's present one."""

    def __init__(self, old: StatedSource, new: StatedSource) -> None:
        self._old = old
        self._new = new

    def hold(self, evidence: Evidence) -> Evidence | Lost:
        """The evidence where it stands now, with the same words; or what became of it."""
        found = self._same_words(evidence)
        return self._lost(evidence) if found is None else replace(found, stance=evidence.stance)

    def hold_clip(self, clip: Clip) -> Clip | Lost:
        """A clip stays while the recording is the same, or says the same at the same time."""
        if self._is_same_file:
            return replace(clip, version_id=self._new.source.version_id)
        before, after = (_said_in(stated.source, clip) for stated in (self._old, self._new))
        if before and before == after:
            return replace(clip, version_id=self._new.source.version_id)
        return Lost(RiskKind.CHANGED if after else RiskKind.REMOVED, before, self._passage(after))

    def hold_picture(self, picture: Picture) -> Picture | Lost:
        """A page stays while the file is the same, or the page says the same."""
        if self._is_same_file:
            return replace(picture, version_id=self._new.source.version_id)
        before, after = (_said_on(stated.source, picture.page) for stated in (self._old, self._new))
        if before and before == after:
            return replace(picture, version_id=self._new.source.version_id)
        return Lost(RiskKind.CHANGED if after else RiskKind.REMOVED, before, self._passage(after))

    @property
    def _is_same_file(self) -> bool:
        return self._old.source.content_hash == self._new.source.content_hash

    def _passage(self, words: str) -> Evidence | None:
        places = self._new.source.places_of(words) if words else []
        return places[0] if places else None

    def _same_words(self, evidence: Evidence) -> Evidence | None:
        if len("".join(evidence.quote.split())) < SHORT:
            return self._same_place(evidence)
        within_words = any(is_inside_a_word(self._old.source.text, span) for span in evidence.spans[:1])
        places = self._new.source.places_of(evidence.quote, evidence.stance, within_words)
        return min(places, key=lambda one: self._distance(evidence, one.headings, one.spans[0].start), default=None)

    def _same_place(self, evidence: Evidence) -> Evidence | None:
        """A short quote is looked for in what became of the statement that it stood in, and nowhere else."""
        place = self._old.source.chunk_place(evidence.spans) if evidence.spans else None
        stood_in = self._old.around(*place) if place else []
        if not stood_in or place is None:
            places = self._new.source.places_of(evidence.quote, evidence.stance)
            return next((one for one in places if one.headings == evidence.headings), None)
        chunk, span = place
        whole = Span(stood_in[0].span.start, stood_in[-1].span.end)
        became = self._unchanged(evidence, stood_in) or self._became(stood_in)
        if became is None:
            return None
        new_chunk, passage = became
        region = _in_place_of(chunk.text, whole, span, new_chunk.text, passage)
        if region is None:
            return None
        within_words = is_inside_a_word(chunk.text, span)
        found = all_places(new_chunk.text[region.start : region.end], evidence.quote, within_words)
        if not found:
            return None
        start = region.start
        return self._at(new_chunk, Span(start + found[0].start, start + found[0].end))

    def _unchanged(self, evidence: Evidence, stood_in: Sequence[Statement]) -> tuple[StoredChunk, Span] | None:
        """The same statements in the new version; those that say very little only where they are beside the same."""
        keys = [statement.key for statement in stood_in]
        says_little = len("".join("".join(keys).split())) < _WHOLE
        first, last = stood_in[0], stood_in[-1]
        best: tuple[tuple[bool, bool, float], StoredChunk, Span] | None = None
        for run in self._new.runs(keys):
            beside = (run[0].before, run[-1].after) == (first.before, last.after)
            next_to = bool(first.before and run[0].before == first.before) or bool(
                last.after and run[-1].after == last.after
            )
            same_headings = run[0].chunk.headings == first.chunk.headings
            if says_little and not (same_headings and next_to):
                continue
            pieces = run[0].chunk.pieces
            far = self._distance(evidence, run[0].chunk.headings, pieces[0].text_start if pieces else 0)
            score = (not beside, *far)
            if best is None or score < best[0]:
                best = score, run[0].chunk, Span(run[0].span.start, run[-1].span.end)
        return None if best is None else best[1:]

    def _distance(self, evidence: Evidence, headings: tuple[str, ...], start: int) -> tuple[bool, float]:
        """Of several places with the same words the one under the same headings, then the one at the same height."""
        before = (evidence.spans[0].start if evidence.spans else 0) / max(1, len(self._old.source.text))
        return headings != evidence.headings, abs(start / max(1, len(self._new.source.text)) - before)

    def _became(self, stood_in: Sequence[Statement]) -> tuple[StoredChunk, Span] | None:
        first, last = stood_in[0], stood_in[-1]
        passage = first.chunk.text[first.span.start : last.span.end]
        keys = [statement.key for statement in stood_in]
        return self._best(passage, first.before, last.after, first.chunk.headings, keys)

    def _lost(self, evidence: Evidence) -> Lost:
        place = self._old.source.chunk_place(evidence.spans) if evidence.spans else None
        stood_in = self._old.around(*place) if place else []
        if not stood_in or place is None:
            old_passage = " ".join(evidence.quote.split())
            best = self._best(old_passage, "", "", (), [old_passage])
            return Lost(RiskKind.REMOVED if best is None else RiskKind.CHANGED, old_passage, best and self._at(*best))
        chunk, span = place
        whole = Span(stood_in[0].span.start, stood_in[-1].span.end)
        old_passage = chunk.text[whole.start : whole.end]
        best = self._became(stood_in)
        if best is None:
            return Lost(RiskKind.REMOVED, old_passage)
        new_chunk, new_span = best
        mended = _in_place_of(chunk.text, whole, span, new_chunk.text, new_span)
        return Lost(
            RiskKind.CHANGED,
            old_passage,
            self._at(new_chunk, new_span),
            None if mended is None else replace(self._at(new_chunk, mended), stance=evidence.stance),
        )

    def _at(self, chunk: StoredChunk, span: Span) -> Evidence:
        return self._new.source.evidence_in(chunk, span, Stance.SUPPORTS)

    def _best(
        self, passage: str, before: str, after: str, headings: tuple[str, ...], keys: Sequence[str]
    ) -> tuple[StoredChunk, Span] | None:
        """What of the new is most like the passage: of statements that were not there before."""
        words = Counter(_words(passage))
        weights = self._old.weights
        best: tuple[float, StoredChunk, Span] | None = None
        for window in self._windows(len(keys) + 1):
            first, last = window[0], window[-1]
            span = Span(first.span.start, last.span.end)
            said = Counter(_words(first.chunk.text[span.start : span.end]))
            likeness = _likeness(words, said, weights)
            in_place = bool((before and first.before == before) or (after and last.after == after))
            if likeness < (_LIKE_IN_PLACE if in_place else _LIKE):
                continue
            score = likeness + 0.1 * in_place + 0.05 * (first.chunk.headings == headings)
            if best is not None and score <= best[0]:
                continue
            if not self._comes_from_another(said, likeness, keys):
                best = score, first.chunk, span
        return None if best is None else best[1:]

    def _comes_from_another(self, said: Counter[str], likeness: float, keys: Collection[str]) -> bool:
        """Whether some other statement of the old version is more like it: then it is that one's successor."""
        return any(
            _likeness(words, said, self._old.weights) > likeness
            for key, words in self._old.counted.items()
            if key not in keys
        )

    def _windows(self, most: int) -> Iterator[Sequence[Statement]]:
        """Neighbouring new statements of one chunk, one to `most` of them."""
        statements = self._new.statements
        for start, statement in enumerate(statements):
            if statement.key in self._old.keys:
                continue
            for end in range(start + 1, min(start + most, len(statements)) + 1):
                last = statements[end - 1]
                if last.chunk.chunk_id != statement.chunk.chunk_id or last.key in self._old.keys:
                    break
                yield statements[start:end]


def _says(word: str) -> bool:
    return any(character.isalnum() for character in word)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _likeness(one: Counter[str], other: Counter[str], weights: dict[str, float]) -> float:
    """The weight of the words that both have, of all that they have: 0 to 1. New words weigh like rare ones."""
    rare = max(weights.values(), default=1.0)

    def weight(words: Counter[str]) -> float:
        return sum(weights.get(word, rare) * often for word, often in words.items())

    total = weight(one) + weight(other)
    return 2 * weight(one & other) / total if total else 0.0


def _in_place_of(old: str, whole: Span, quote: Span, new: str, passage: Span) -> Span | None:
    """Where in the new passage the words are that the quote became; None where they are left out."""
    if not any(map(_says, (old[whole.start : quote.start], old[quote.end : whole.end]))):
        return passage
    before = [(found.start() + whole.start, found[0]) for found in _TOKEN.finditer(old[whole.start : whole.end])]
    after = [(found.start() + passage.start, found[0]) for found in _TOKEN.finditer(new[passage.start : passage.end])]
    first = next((n for n, (start, word) in enumerate(before) if start + len(word) > quote.start), len(before))
    last = next((n for n, (start, _) in enumerate(before) if start >= quote.end), len(before))
    matcher = SequenceMatcher(None, [word for _, word in before], [word for _, word in after], False)
    low = high = None
    for tag, start, stop, start_after, stop_after in matcher.get_opcodes():
        same = tag == "equal"
        if low is None and start <= first < stop:
            into = quote.start - before[first][0] if same else 0
            place = start_after + (first - start if same else 0)
            low = after[place][0] + max(0, into) if place < len(after) else None
        if start < last <= stop:
            short_of = before[last - 1][0] + len(before[last - 1][1]) - quote.end if same else 0
            place = (start_after + last - start if same else stop_after) - 1
            high = after[place][0] + len(after[place][1]) - max(0, short_of) if place >= 0 else None
    if low is None or high is None or low >= high:
        return None
    while high > low and not new[high - 1].isalnum() and new[high - 1] != old[quote.end - 1]:
        high -= 1
    while low < high and not new[low].isalnum() and new[low] != old[quote.start]:
        low += 1
    return Span(low, high) if low < high else None


def _said_in(source: SourceText, clip: Clip) -> str:
    spans = [
        placed.span
        for placed in source.places.placed
        if isinstance(placed.place, CuePlace)
        and placed.place.start_s < clip.end_s
        and placed.place.end_s > clip.start_s
    ]
    return _text_of(source, spans)


def _said_on(source: SourceText, page: int) -> str:
    spans = [
        placed.span
        for placed in source.places.placed
        if (isinstance(placed.place, PagePlace) and placed.place.page == page)
        or (isinstance(placed.place, SlidePlace) and placed.place.slide == page)
    ]
    return _text_of(source, spans)


def _text_of(source: SourceText, spans: Sequence[Span]) -> str:
    return " ".join(" ".join(source.text[span.start : span.end] for span in sorted(spans)).split())
