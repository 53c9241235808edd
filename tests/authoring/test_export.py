"""Exports: one file with every sentence's evidence, in which nothing that is said becomes markup."""

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from authoring.block import Block, BlockKind, Clip
from authoring.claim import Claim, Evidence, Stance
from authoring.course import BloomLevel, Brief, CourseContent, Lesson, LessonState, Objective
from authoring.course_json import read_content
from authoring.export import FORMATS, CourseCopy, UnknownFormat, export
from authoring.quiz_item import ItemKind, Option, QuizItem
from corpus.locator import CueLocator, HeadingLocator, Locator, Span

HOSTILE = (
    "<script>alert(1)</script> ![x](javascript:a) [l](http://evil) **b** `c` | <!-- &amp; _i_ ]]> [^1]: no \x00 end"
)


def evidence(quote: str, place: Locator | None = None, stance: Stance = Stance.SUPPORTS) -> Evidence:
    where = HeadingLocator(("Leave", "Carrying over")) if place is None else place
    return Evidence(7, 8, "leave.md", "Leave policy", (), quote, (Span(0, len(quote)),), where, stance)


def claim(number: int, text: str, *cited: Evidence) -> Claim:
    return Claim(f"c{number}", text, cited or (evidence(text),))


def option(number: int, text: str, is_key: bool, match: str = "") -> Option:
    return Option(claim(number, text), is_key, claim(number + 100, f"Because of {text}."), match)


def a_course(*blocks: Block, items: tuple[QuizItem, ...] = (), title: str = "Leave") -> CourseContent:
    objective = Objective("name", "the days of leave", BloomLevel.REMEMBER)
    lesson = Lesson("l1", title, objective, LessonState.DRAFTED, blocks, items, (3,))
    return CourseContent(title, Brief("Know your leave", language="en"), (lesson,))


def written(content: CourseContent, format_name: str, address: str = "") -> str:
    return export(CourseCopy(content, "Draft, reviewed by nobody", address), format_name).content.decode()


class Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_json_can_be_read_again() -> None:
    content = a_course(Block("b1", BlockKind.TEXT, (claim(1, "You get thirty days."),)))
    assert read_content(export(CourseCopy(content, "Draft"), "json").content) == content


@pytest.mark.parametrize("name", ["scorm", "imscc", "pdf", ""])
def test_a_format_that_there_is_not_is_refused_with_those_that_there_are(name: str) -> None:
    with pytest.raises(UnknownFormat, match="json, markdown, html"):
        export(CourseCopy(a_course(), "Draft"), name)


@pytest.mark.parametrize("format_name", ["markdown", "html"])
def test_every_sentence_has_its_evidence_with_quote_and_place(format_name: str) -> None:
    written_down = evidence("thirty days of leave")
    spoken = evidence("it is in the talk", CueLocator(63.0, 70.0, "Ana"))
    said = written(
        a_course(Block("b1", BlockKind.TEXT, (claim(1, "You get leave.", written_down, spoken),))), format_name
    )
    assert "thirty days of leave" in said
    assert "Leave policy (leave.md), Leave › Carrying over" in said
    assert "01:03, Ana" in said


@pytest.mark.parametrize("format_name", ["markdown", "html"])
def test_the_same_evidence_is_one_note(format_name: str) -> None:
    same = evidence("thirty days of leave")
    said = written(a_course(Block("b1", BlockKind.TEXT, (claim(1, "One.", same), claim(2, "Two.", same)))), format_name)
    assert said.count("thirty days of leave") == 1


@pytest.mark.parametrize("format_name", ["markdown", "html"])
def test_what_has_no_evidence_is_said_to_have_none(format_name: str) -> None:
    signed = Claim("c2", "I have seen it.", own_experience_of="Ana Weber")
    said = written(a_course(Block("b1", BlockKind.TEXT, (Claim("c1", "It is so."), signed))), format_name)
    assert "no evidence yet" in said
    assert "own experience of Ana Weber" in said


def hostile_course() -> CourseContent:
    cited = evidence(HOSTILE)
    blocks = [
        Block(f"b{number}", kind, (Claim(f"c{number}", HOSTILE, (cited,)),), heading=HOSTILE)
        for number, kind in enumerate(kind for kind in BlockKind if kind is not BlockKind.TABLE)
    ]
    table = Block("t", BlockKind.TABLE, (Claim("ct", f"{HOSTILE}\t{HOSTILE}", (cited,)),), columns=(HOSTILE, HOSTILE))
    choices = (Option(Claim("k", HOSTILE, (cited,)), True, Claim("r", HOSTILE, (cited,)), HOSTILE),)
    items = tuple(QuizItem(f"q{kind}", kind, Claim(f"s{kind}", HOSTILE, (cited,)), choices) for kind in ItemKind)
    return a_course(*blocks, table, items=items, title=HOSTILE)


def test_nothing_that_is_said_becomes_markup_in_html() -> None:
    seen = Seen(written(hostile_course(), "html"))
    assert not {"script", "img", "b", "iframe"} & set(seen.tags)
    assert all(link.startswith("#note-") for link in seen.links)
    assert "<script>alert(1)</script>" in seen.text


def test_nothing_that_is_said_becomes_markup_in_markdown() -> None:
    text = written(hostile_course(), "markdown")
    read = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").parse(text)
    inline = [child for token in read for child in token.children or ()]
    kinds = {token.type for token in (*read, *inline)}
    assert not kinds & {"html_block", "html_inline", "image", "link_open", "code_inline", "fence", "code_block"}
    assert sum(token.type == "heading_open" and token.tag == "h2" for token in read) == 2
    headings = [read[place + 1].content for place, token in enumerate(read) if token.type == "heading_open"]
    assert len(headings) == 1 + 1 + len(BlockKind) - 1 + 2 + 1
    assert "[^1]:" not in text.split("## Evidence")[0]


@pytest.mark.parametrize("text", ["# not a heading", "- no item", "+ none", "12. none", "> none", "=== none", "    x"])
def test_what_begins_like_markup_stays_text(text: str) -> None:
    said = written(a_course(Block("b1", BlockKind.TEXT, (Claim("c1", text),))), "markdown")
    tokens = MarkdownIt("commonmark").parse(said)
    shown = ["".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline"]
    assert any(line.startswith(text.strip()) for line in shown)


def test_links_lead_to_the_server_only_where_its_address_is_known() -> None:
    content = a_course(Block("b1", BlockKind.TEXT, (claim(1, "You get thirty days."),)))
    assert all(link.startswith("#") for link in Seen(written(content, "html")).links)
    links = Seen(written(content, "html", "https://learn.example.org")).links
    assert "https://learn.example.org/documents/7/versions/8?marks=0-20" in links
    assert "(<https://learn.example.org/documents/7/versions/8?marks=0-20>)" in written(
        content, "markdown", "https://learn.example.org"
    )


def test_steps_to_put_in_order_are_not_shown_in_order() -> None:
    steps = tuple(option(number, text, True) for number, text in enumerate(("Apply", "Book", "Confirm")))
    item = QuizItem("q1", ItemKind.ORDERING, claim(50, "How is leave taken?"), steps)
    asked, answers = written(a_course(items=(item,)), "markdown").split("### Answers")
    assert asked.index("Confirm") < asked.index("Book") < asked.index("Apply")
    assert answers.index("Apply") < answers.index("Book") < answers.index("Confirm")


def test_answers_that_are_to_be_found_stand_only_among_the_answers() -> None:
    item = QuizItem("q1", ItemKind.SHORT_ANSWER, claim(50, "How many days?"), (Option(claim(1, "thirty"), True),))
    asked, answers = written(a_course(items=(item,)), "markdown").split("### Answers")
    assert "thirty" not in asked
    assert "thirty" in answers


def test_a_key_is_named_with_its_letter_and_why_options_are_right_or_wrong() -> None:
    options = (option(1, "ten", False), option(2, "thirty", True), option(3, "fifty", False))
    item = QuizItem("q1", ItemKind.MULTIPLE_CHOICE, claim(50, "How many days?"), options)
    answers = written(a_course(items=(item,)), "markdown").split("### Answers")[1]
    assert "B. thirty" in answers
    assert "Because of fifty." in answers


def test_a_clip_is_named_by_its_recording_and_times() -> None:
    spoken = evidence("it is in the talk", CueLocator(63.0, 70.0, "Ana"))
    clip = Block("b1", BlockKind.CLIP, (claim(1, "It is in the talk.", spoken),), clip=Clip(7, 8, 63.0, 103.0))
    for format_name in ("markdown", "html"):
        assert "Leave policy, 01:03 to 01:43" in written(a_course(clip), format_name)


def test_the_same_course_gives_the_same_file() -> None:
    assert [written(hostile_course(), name) for name in FORMATS] == [
        written(hostile_course(), name) for name in FORMATS
    ]
