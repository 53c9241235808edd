"""Quiz items and what they are answered from, as several tests need them."""

from collections.abc import Sequence

from authoring.claim import Claim
from authoring.quiz_item import ItemKind, Option, QuizItem
from corpus.chunk import ChunkKind
from corpus.passage import Passage, PassageChunk

LEAVE = """
Every employee has 28 days of paid leave in a calendar year. Leave is requested in the staff portal at least two weeks
before it begins. The line manager approves or refuses a request within three working days.
"""
TRAVEL = """
Trips inside the country are made by train. A flight can be booked when the train takes longer than six hours, and only
after the head of department has agreed. Receipts are sent to the travel desk within ten days of the return.
"""
SECURITY = """
A lost badge must be reported to the reception at once. The reception blocks the badge and hands out a visitor card for
the rest of the day. Visitor cards are returned in the evening.
"""


def an_item(
    stem: str,
    *options: str,
    key: int | Sequence[int] = 0,
    kind: ItemKind = ItemKind.MULTIPLE_CHOICE,
    item_id: str = "q",
    rationales: bool = False,
) -> QuizItem:
    keys = {key} if isinstance(key, int) else set(key)
    return QuizItem(
        item_id,
        kind,
        Claim(f"{item_id}-stem", stem),
        tuple(
            Option(
                Claim(f"{item_id}-{place}", text),
                is_key=place in keys,
                rationale=Claim(f"{item_id}-{place}-why", f"Because of {text}.") if rationales else None,
            )
            for place, text in enumerate(options)
        ),
    )


def a_statement(said: str, key: bool, item_id: str = "q") -> QuizItem:
    return an_item(said, "True", "False", key=0 if key else 1, kind=ItemKind.TRUE_FALSE, item_id=item_id)


def passages(*texts: str, title: str = "Staff handbook") -> list[Passage]:
    return [
        Passage(
            document_id=1,
            version_id=1,
            document_name="handbook.md",
            title=title,
            media_type="text/markdown",
            language="en",
            headings=(),
            kind=ChunkKind.PROSE,
            chunks=(PassageChunk(number, number, " ".join(text.split()), ()),),
            score=0.0,
            cosine=0.0,
            keywords=0.0,
        )
        for number, text in enumerate(texts)
    ]


HANDBOOK = passages(LEAVE, TRAVEL, SECURITY)
