"""Every template compiles, escapes, and refuses a name it does not know."""

import re
from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError

from api.templating import TEMPLATES, count, environment, kind, moment, size

NAMES = [path.relative_to(TEMPLATES).as_posix() for path in sorted(TEMPLATES.rglob("*.html"))]


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(name: str) -> None:
    environment().get_template(name)


def test_what_is_shown_is_escaped() -> None:
    assert environment().from_string("{{ x }}").render(x="<b>'\"&") == "&lt;b&gt;&#39;&#34;&amp;"


def test_a_sentence_of_an_answer_keeps_every_character() -> None:
    shown = environment().from_string('{% from "partials/citation.html" import said %}{{ said(text) }}')
    for text in ("Part: Seal | Months: 6 | note", "either | or", "At 10:30: now", ": | a: b", "a: b | c: d\ne: f"):
        assert re.sub("<[^>]*>", "", shown.render(text=text)) == text
    assert shown.render(text="Part: Seal | Months: 6").count("pair__name") == 2
    assert "<span" not in shown.render(text="either | or")


def test_no_template_switches_escaping_off() -> None:
    for name in NAMES:
        source = (TEMPLATES / name).read_text()
        assert "|safe" not in source.replace(" ", ""), name
        assert "autoescape" not in source, name


def test_no_template_holds_a_script_or_a_style_of_its_own() -> None:
    for name in NAMES:
        source = (TEMPLATES / name).read_text()
        assert "<style" not in source, name
        assert " style=" not in source, name
        assert "onclick" not in source, name
        assert "http://" not in source, name
        assert "https://" not in source, name


def test_a_misspelt_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ view.titel }}").render(view={})


def test_numbers_read_as_people_write_them() -> None:
    assert [size(1), size(12_345), size(3_400_000), size(100_000_000)] == ["1 B", "12 kB", "3.4 MB", "100 MB"]
    assert [count(1, "page"), count(1204, "page"), count(2, "reply", "replies")] == [
        "1 page",
        "1,204 pages",
        "2 replies",
    ]
    assert kind("application/pdf") == "PDF"
    assert kind("application/x-new") == "application/x-new"
    assert moment(datetime(2026, 5, 4, 12, tzinfo=UTC)).startswith("4 May 2026, ")
