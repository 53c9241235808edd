"""No text becomes markup: not by a template, not in Python, not in a script. So nothing would need to be cleaned."""

import re
from pathlib import Path

import pytest

from tests.conformance.sources import ROOT, foreign_imports, modules

TEMPLATES = sorted((ROOT / "api" / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "api" / "static" / "js").glob("*.js"))
# They put in a part of a page that this server has rendered, which the policy of the page holds to the same rules.
TAKE_OWN_PAGES = {"evidence.js", "jobs.js", "library.js", "studio.js"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("template", TEMPLATES, ids=_name)
def test_template_escapes_everything_and_runs_nothing(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.findall(r"\|\s*(?:safe|forceescape|tojson|xmlattr)\b|\bautoescape\b|\bMarkup\b", text)
    assert not re.findall(r"<script(?![^>]*\bsrc=\"/static/)[^>]*>", text)
    assert not re.findall(r"<style\b|\sstyle=|\son[a-z]+\s*=|javascript:|srcdoc", text)
    # Without quotes, a space in the text would begin another attribute.
    assert not re.findall(r"\s[a-z-]+=\{\{", text)
    # An address that text may choose has to begin here: a scheme of its own would lead elsewhere.
    assert not re.findall(r"<(?:base|iframe|object|embed)\b", text)


def test_no_module_marks_text_as_markup() -> None:
    assert not [found for found in foreign_imports() if found.library in ("markupsafe", "nh3", "bleach")]
    for name, path in modules():
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"\bMarkup\(|autoescape=False|\.from_string\(", text), name


def test_pages_come_from_templates_only() -> None:
    """Whoever answers with HTML renders a template."""
    answers = [call for _, path in modules() for call in re.findall(r"HTMLResponse\((\w*)", path.read_text("utf-8"))]
    assert answers
    assert set(answers) == {"render"}


@pytest.mark.parametrize("script", SCRIPTS, ids=_name)
def test_script_makes_elements_and_no_markup(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|createContextualFragment|setHTML"
    assert not re.findall(sinks, text)
    assert not re.findall(r"\beval\(|new Function|setTimeout\(\s*[\"'`]|setAttribute\(\s*[\"'`]on|javascript:", text)
    assert "DOMParser" not in text or script.name in TAKE_OWN_PAGES
