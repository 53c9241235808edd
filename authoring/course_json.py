"""How the content of a course is kept and compared: as JSON, and as the hash that an approval is bound to."""

import hashlib
import json
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from authoring.block import Block
from authoring.claim import Claim, Evidence
from authoring.course import CourseContent, Lesson, Part
from authoring.quiz_item import QuizItem
from corpus.errors import Invalid
from corpus.locator import HeadingLocator

T = TypeVar("T")

_CONTENT: TypeAdapter[CourseContent] = TypeAdapter(CourseContent)
_PART: TypeAdapter[Part] = TypeAdapter(Part)

_NOWHERE = HeadingLocator(())


class UnreadableCourse(Invalid):
    def __init__(self, reason: str) -> None:
        super().__init__(f"This is not the JSON of a course: {reason}")


def content_json(content: CourseContent) -> bytes:
    return _CONTENT.dump_json(content)


def read_content(said: bytes | str) -> CourseContent:
    """Raises `UnreadableCourse`."""
    return _read(_CONTENT, said)


def part_json(part: Part) -> bytes:
    return _PART.dump_json(part)


def read_part(said: bytes | str) -> Part:
    """Raises `UnreadableCourse`."""
    return _read(_PART, said)


def content_hash(content: CourseContent) -> str:
    """Of all that a learner meets and a reviewer judges, the quoted words among it.

    Who edited what, how often, and where in a document's present version a quote stands are no part of it: text that
    moved within its document leaves an approval as it is.
    """
    lessons = tuple(replace(lesson, material=(), revision=1) for lesson in map(_bare_lesson, content.lessons))
    return _hash(_CONTENT.dump_python(replace(content, lessons=lessons, revision=1), mode="json"))


def part_hash(part: Part) -> str:
    """The same of one part."""
    return _hash(_PART.dump_python(_bare(part), mode="json"))


def _read(adapter: TypeAdapter[T], said: bytes | str) -> T:
    try:
        return adapter.validate_json(said)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the whole"
        raise UnreadableCourse(f"{first['msg']} (at {where}).") from error


def _hash(said: Any) -> str:  # noqa: ANN401 - JSON
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _bare_lesson(lesson: Lesson) -> Lesson:
    return replace(
        lesson,
        blocks=tuple(_bare_block(block) for block in lesson.blocks),
        items=tuple(_bare_item(item) for item in lesson.items),
    )


def _bare(part: Part) -> Part:
    return _bare_block(part) if isinstance(part, Block) else _bare_item(part)


def _bare_block(block: Block) -> Block:
    clip = None if block.clip is None else replace(block.clip, version_id=0)
    picture = None if block.picture is None else replace(block.picture, version_id=0)
    claims = tuple(map(_bare_claim, block.claims))
    return replace(block, claims=claims, clip=clip, picture=picture, revision=1, edited_by="")


def _bare_item(item: QuizItem) -> QuizItem:
    options = tuple(
        replace(
            option,
            claim=_bare_claim(option.claim),
            rationale=None if option.rationale is None else _bare_claim(option.rationale),
        )
        for option in item.options
    )
    return replace(item, stem=_bare_claim(item.stem), options=options, revision=1, edited_by="")


def _bare_claim(claim: Claim) -> Claim:
    return replace(claim, evidence=tuple(map(_bare_evidence, claim.evidence)))


def _bare_evidence(evidence: Evidence) -> Evidence:
    return replace(
        evidence,
        version_id=0,
        document_name="",
        title="",
        headings=(),
        quote=" ".join(evidence.quote.split()),
        spans=(),
        locator=_NOWHERE,
    )
