"""Markdown becomes elements whose spans point at the visible characters of the file, and at nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.markdown_it_parser import MarkdownItParser
from ingestion.parsed import ElementKind, Empty, ParsedDocument, Parser
from tests.contracts.parser import ParserContract, check, outline, words_of

HANDBOOK = """---
title: "Leave: the \\"rules\\""
layout: page
---

# Leave {#top}

You _must_ **ask** your [lead]({{ site.url }}/leads "Title") first,
or write to <hr@example.com>.
{: .note }

Types
-----

- annual
  - paid
    and unpaid
- sick, see ![the form](form.png)

1. Ask
2. Wait

| Type | Days |
|------|-----:|
| `a` \\| annual | **30** |
| sick | |

> Quoted words
> go on.

```python
print("*")  # {% raw %}
```
"""


class TestMarkdownItParser(ParserContract):
    notices_cuts = False

    @pytest.fixture
    def parser(self) -> Parser:
        return MarkdownItParser()

    @pytest.fixture
    def content(self) -> bytes:
        return HANDBOOK.encode()


def parse(text: str) -> ParsedDocument:
    document = MarkdownItParser().parse(text.encode(), "page.md")
    assert document.text == text
    check(document)
    return document


def read(text: str) -> list[str]:
    return outline(parse(text))


def test_a_page_is_read_as_it_is_shown() -> None:
    assert read(HANDBOOK) == [
        "heading 1 Leave",
        "paragraph 0 You must ask your lead first,\nor write to hr@example.com.",
        "heading 2 Types",
        "list_item 1 annual",
        "list_item 2 paid\nand unpaid",
        "list_item 1 sick, see the form",
        "list_item 1 Ask",
        "list_item 1 Wait",
        "Type | Days",
        "=",
        "a | annual | 30",
        "sick | ",
        "paragraph 0 Quoted words\ngo on.",
        'code 0 print("*")  # {% raw %}',
    ]


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_newlines_of_any_kind_keep_their_offsets(newline: str) -> None:
    text = HANDBOOK.replace("\n", newline)
    assert [line.replace(newline, "\n") for line in read(text)] == read(HANDBOOK)


def test_the_title_comes_from_the_front_matter_or_the_first_heading() -> None:
    assert parse(HANDBOOK).title == 'Leave: the "rules"'
    assert parse("# Travel *rules*\n\nText.").title == "Travel rules"
    assert parse("## Part\n\nText.").title is None


def test_a_rule_at_the_top_is_no_front_matter() -> None:
    assert read("---\n\nText.\n\n---\n") == ["paragraph 0 Text."]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a \\*b\\* c", "a *b* c"),
        ("***both*** and ~~struck~~", "both and struck"),
        ("[a](a) a", "a a"),
        ("[text][ref] and [ref]\n\n[ref]: http://x.y", "text and ref"),
        ("`` code with ` tick ``", "code with ` tick"),
        ("Tom &amp; Jerry", "Tom &amp; Jerry"),
        ("<span class='x'>word</span>s", "words"),
        ("write <your-name> here", "write <your-name> here"),
        ("one<br>two", "one<br>two"),
        ("a footnote[^1].", "a footnote."),
        ("hard  \nbreak", "hard\nbreak"),
        ("snake_case_name * 2", "snake_case_name * 2"),
        ("[unclosed](http://x", "[unclosed](http://x"),
        ("go to [the page]({% page \"/a b/\"\n%}), please", "go to the page, please"),
        ("ask in {% slack_channel \"travel\" %}.", "ask in travel."),
        ("before {% comment %}never *seen*{% endcomment %}after", "before after"),
        ("shown {{NAME}} here", "shown {{NAME}} here"),
        ("![](logo.png) Welcome", "Welcome"),
    ],
)  # fmt: skip
def test_inline_marks_are_left_out(written: str, seen: str) -> None:
    document = parse(f"{written}\n")
    assert words_of(document, document.elements[0].spans) == seen


def test_table_cells_keep_escaped_bars_and_inline_marks() -> None:
    assert read("| A | B |\n|---|---|\n| x \\| y | [l](u) *e* |\n| only |\n") == [
        "A | B",
        "=",
        "x | y | l e",
        "only",
    ]


def test_a_table_in_a_quotation_or_a_list_is_a_table() -> None:
    assert read("> | A | B |\n> |---|---|\n> | 1 | 2 |\n") == ["A | B", "=", "1 | 2"]
    assert read("- | A | B |\n  |---|---|\n  | 1 | 2 |\n") == ["A | B", "=", "1 | 2"]


def test_html_in_a_page_is_read_as_html() -> None:
    assert read(
        "<h2>Rules</h2>\n<ul>\n <li>One <b>bold</b>\n  <ol><li>Deep</li></ol>\n </li>\n</ul>\n"
        "<script>var x = 1</script>\n<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>\n"
    ) == ["heading 2 Rules", "list_item 1 One bold", "list_item 2 Deep", "A | B", "=", "1 | 2"]


def test_components_of_a_page_are_left_out_and_their_contents_read() -> None:
    page = (
        "import X from 'y';\n\n<Steps>\n  <Step title=\"a > b\">\n    ### First\n\n    Do *it*.\n  </Step>\n</Steps>\n"
    )
    assert read(page) == ["heading 3 First", "paragraph 0 Do it."]


def test_code_in_a_list_loses_the_indentation_of_the_list() -> None:
    document = parse("- run\n\n  ```\n  a\n    b\n  ```\n")
    code = next(element for element in document.elements if element.kind is ElementKind.CODE)
    assert words_of(document, code.spans) == "a\n  b"


def test_headings_between_equals_signs_are_headings() -> None:
    assert read("= Life =\nShe was born.\n= = Youth = =\nShe went to school.\n") == [
        "heading 1 Life",
        "paragraph 0 She was born.",
        "heading 2 Youth",
        "paragraph 0 She went to school.",
    ]


def test_a_page_of_marks_only_is_empty() -> None:
    with pytest.raises(Empty):
        MarkdownItParser().parse(b"---\n***\n<!-- nothing -->\n", "a.md")


@pytest.mark.parametrize("deep", ["> " * 5000, "- " * 5000, "[" * 20000, "*a " * 5000, "<div>" * 5000])
def test_deep_nesting_loses_no_word_and_breaks_nothing(deep: str) -> None:
    document = parse(f"{deep}word\n")
    assert "word" in "".join(words_of(document, element.spans) for element in document.elements)


PIECES = [
    "word", "*em*", "**st", "`c`", "[l](u)", "![a](b)", "<b>", "</b>", "\\*", "&lt;", "|", "\n", "\n\n", "# H", "- i",
    "1. n", "> q", "```\n", "    ", "\t", "{% x %}", "{{ y }}", "{: .z}", "---", "|---|", "<div>", "<br>", "[^1]", "é",
    "\r\n", "~~s~~",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=40))
@settings(max_examples=300)
def test_any_mixture_keeps_the_rules_and_its_words(pieces: list[str]) -> None:
    text = "start\n\n" + "".join(pieces)
    document = parse(text)
    seen = "".join(words_of(document, element.spans) for element in document.elements)
    if "{" not in text and "<" not in text and "[" not in text:
        assert seen.count("word") == text.count("word")
