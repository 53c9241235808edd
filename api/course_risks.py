"""Follows what changes in documents and puts at risk what courses say on the strength of words that are gone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from sqlalchemy.orm import Session, sessionmaker

from authoring.block import Block, Clip, Picture
from authoring.claim import Evidence
from authoring.course import CourseContent, Part
from authoring.course_json import content_hash
from authoring.ledger import WHOLE, Standing, find_claim, rebound, with_parts
from authoring.record import CourseClaim, CoursePublication, CourseRevision, Resolution, Risk, RiskKind
from authoring.staleness import Lost, SourceChange, StatedSource
from authoring.store import CourseStore, put_content, unpack
from corpus.index_store import IndexStore
from corpus.locator import Span


@dataclass(frozen=True, slots=True)
class Followed:
    """What following came to: evidence found again elsewhere in its document, risks opened, risks that went away."""

    rebound: int = 0
    opened: int = 0
    returned: int = 0

    def __add__(self, other: "Followed") -> "Followed":
        return Followed(self.rebound + other.rebound, self.opened + other.opened, self.returned + other.returned)


class CourseRisks:
    """`follow` may be called at any time, and twice: the ledger itself says what is still to be looked at."""

    def __init__(
        self, sessions: sessionmaker[Session], writing: sessionmaker[Session], clock: Callable[[], datetime]
    ) -> None:
        self._sessions = sessions
        self._writing = writing
        self._clock = clock
        self._one_at_a_time = Lock()

    def follow(self) -> Followed:
        """Holds every claim whose document has changed since the last time against the document as it is now.

        One transaction for each course and document: a crash leaves the rest to the next call.
        """
        with self._one_at_a_time:
            with self._sessions() as session:
                store = CourseStore(session)
                reached = IndexStore(session).last_change(), store.last_row()
                if store.following() == reached:
                    return Followed()
                stale = list(dict.fromkeys((row.course_id, row.document_id) for row in store.list_stale()))
            found = Followed()
            stated: dict[int, StatedSource] = {}
            for course_id, document_id in stale:
                with self._writing.begin() as session:
                    found += _Held(CourseStore(session), course_id, document_id, stated, self._clock()).settle()
            with self._writing.begin() as session:
                CourseStore(session).set_following(*reached)
            return found


@dataclass(slots=True)
class _Holder:
    """The head, or a publication, with what of its content stands somewhere else now."""

    kept: CourseRevision | CoursePublication
    content: CourseContent
    is_current: bool
    """Whether somebody is to be told: not of a publication that another has taken the place of, or that is retired."""
    evidence: dict[Standing, Evidence] = field(default_factory=dict)
    shown: dict[str, Clip | Picture] = field(default_factory=dict)


class _Held:
    """What one course says on the strength of one document, held against that document as it is now."""

    def __init__(
        self, store: CourseStore, course_id: int, document_id: int, stated: dict[int, StatedSource], now: datetime
    ) -> None:
        self._store = store
        self._course_id = course_id
        self._document_id = document_id
        self._stated = stated
        self._now = now
        self._active = store.active_version_of(document_id)
        self._changes: dict[int, SourceChange] = {}
        self._risks = [risk for risk in store.list_risks(course_id) if risk.document_id == document_id]

    def settle(self) -> Followed:
        found = Followed()
        holders = self._holders()
        for row in self._store.list_rows(self._course_id, self._document_id):
            if row.looked_version_id != self._active:
                found += self._look(row, holders[row.publication_id])
        for holder in holders.values():
            _write(holder)
        self._store.flush()
        return found

    def _holders(self) -> Mapping[int | None, _Holder]:
        head = self._store.head_of(self._course_id)
        holders: dict[int | None, _Holder] = {None: _Holder(head, unpack(head.content), True)}
        for place, publication in enumerate(self._store.list_publications(self._course_id)):
            current = place == 0 and publication.retired_at is None
            holders[publication.id] = _Holder(publication, unpack(publication.content), current)
        return holders

    def _look(self, row: CourseClaim, holder: _Holder) -> Followed:
        row.looked_version_id = self._active
        if self._is_still_accepted(row):
            row.checked_version_id = self._active
            return Followed()
        standing = Standing(row.part_id, row.claim_id, row.place)
        _, part = holder.content.part(row.part_id)
        result = self._held(part, standing, row.version_id)
        if isinstance(result, Lost):
            if not holder.is_current:
                return Followed()
            return Followed(opened=self._open(row, part, result))
        if isinstance(result, Evidence):
            holder.evidence[standing] = result
            row.spans = [[span.start, span.end] for span in result.spans]
        else:
            holder.shown[row.part_id] = result
        row.version_id = row.checked_version_id = self._active
        row.accepted_risk_id = None
        return Followed(rebound=1, returned=self._return(row))

    def _held(self, part: Part, standing: Standing, version_id: int) -> Evidence | Clip | Picture | Lost:
        if standing.claim_id == WHOLE:
            assert isinstance(part, Block)
            shown = [one for one in (part.clip, part.picture) if one is not None][standing.place]
            if not self._active:
                return Lost(RiskKind.DOCUMENT_REMOVED, "")
            change = self._change(version_id)
            return change.hold_clip(shown) if isinstance(shown, Clip) else change.hold_picture(shown)
        claim = find_claim(part, standing.claim_id)
        assert claim is not None
        evidence = claim.evidence[standing.place]
        if not self._active:
            return Lost(RiskKind.DOCUMENT_REMOVED, evidence.quote)
        return self._change(version_id).hold(evidence)

    def _change(self, version_id: int) -> SourceChange:
        if version_id not in self._changes:
            self._changes[version_id] = SourceChange(self._source(version_id), self._source(self._active))
        return self._changes[version_id]

    def _source(self, version_id: int) -> StatedSource:
        if version_id not in self._stated:
            self._stated[version_id] = StatedSource(self._store.source_text(version_id))
        return self._stated[version_id]

    def _is_still_accepted(self, row: CourseClaim) -> bool:
        """Somebody found the claim right beside other words: it stays so while those words do."""
        risk = None if row.accepted_risk_id is None else self._store.find_risk(row.accepted_risk_id)
        if risk is None or not self._active:
            return False
        if not risk.new_passage:
            return risk.new_version_id != 0
        return bool(self._source(self._active).source.places_of(risk.new_passage))

    def _open(self, row: CourseClaim, part: Part, lost: Lost) -> int:
        """One open risk for each claim and quote; a further change of the document tells it anew."""
        claim = find_claim(part, row.claim_id)
        quote = claim.evidence[row.place].quote if claim else ""
        mend = lost.mend if claim is not None and _is_verbatim(part, claim.text, quote) else None
        known = self._find(row)
        if known is not None:
            known.new_version_id, known.kind = self._active, lost.kind
            _tell(known, lost, mend)
            return 0
        risk = Risk(
            course_id=row.course_id,
            publication_id=row.publication_id,
            part_id=row.part_id,
            claim_id=row.claim_id,
            quote_hash=row.quote_hash,
            document_id=row.document_id,
            old_version_id=row.version_id,
            new_version_id=self._active,
            kind=lost.kind,
            quote=quote,
            old_passage=lost.old_passage,
            new_passage="",
            new_spans=[],
            mend="",
            mend_spans=[],
            opened_at=self._now,
        )
        _tell(risk, lost, mend)
        self._risks.append(self._store.add(risk))
        return 1

    def _return(self, row: CourseClaim) -> int:
        known = self._find(row)
        if known is None:
            return 0
        known.resolved_at, known.resolution = self._now, Resolution.RETURNED
        self._risks.remove(known)
        return 1

    def _find(self, row: CourseClaim) -> Risk | None:
        wanted = (row.publication_id, row.part_id, row.claim_id, row.quote_hash)
        return next(
            (
                risk
                for risk in self._risks
                if (risk.publication_id, risk.part_id, risk.claim_id, risk.quote_hash) == wanted
            ),
            None,
        )


def _is_verbatim(part: Part, text: str, quote: str) -> bool:
    """Whether words of the source can take the claim's place. What a question asks is no sentence of the source."""
    return isinstance(part, Block) or text.split() == quote.split()


def _tell(risk: Risk, lost: Lost, mend: Evidence | None) -> None:
    passage = lost.new_passage
    risk.new_passage = "" if passage is None else passage.quote
    risk.new_spans = [] if passage is None else _pairs(passage.spans)
    risk.mend = "" if mend is None else " ".join(mend.quote.split())
    risk.mend_spans = [] if mend is None else _pairs(mend.spans)


def _pairs(spans: Sequence[Span]) -> list[list[int]]:
    return [[span.start, span.end] for span in spans]


def _write(holder: _Holder) -> None:
    if not holder.evidence and not holder.shown:
        return
    content = with_parts(rebound(holder.content, holder.evidence), lambda part: _showing(part, holder.shown))
    # Approvals are bound to the hash: what moved within its document leaves it as it is.
    assert content_hash(content) == holder.kept.content_hash
    put_content(holder.kept, content)


def _showing(part: Part, shown: Mapping[str, Clip | Picture]) -> Part:
    now = shown.get(part.id)
    if now is None or not isinstance(part, Block):
        return part
    return replace(part, clip=now) if isinstance(now, Clip) else replace(part, picture=now)
