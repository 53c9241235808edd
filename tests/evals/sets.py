"""Writes small sets for tests."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path


def a_set(
    folder: Path,
    cases: Sequence[Mapping[str, object]],
    documents: Mapping[str, str] | None = None,
    passages: Sequence[Mapping[str, object]] = (),
) -> Path:
    for name, text in (documents or {}).items():
        path = folder / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if passages:
        (folder / "documents").mkdir(parents=True, exist_ok=True)
        (folder / "documents" / "passages.jsonl").write_text(lines(passages), encoding="utf-8")
    (folder / "cases.jsonl").write_text(lines(cases), encoding="utf-8")
    return folder


def lines(records: Sequence[Mapping[str, object]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def a_line(**changes: object) -> dict[str, object]:
    line: dict[str, object] = {
        "id": "one",
        "question": "How long is parental leave?",
        "history": [],
        "answerable": "yes",
        "expected_answer": None,
        "evidence": [],
        "tags": [],
    }
    return line | changes


def gold(document: str, **place: object) -> dict[str, object]:
    return {"document": document, "page": None, "quote": None, "start": None, "end": None} | place
