"""Settings, and that docs/settings.md describes each of them as it is."""

import json
from enum import Enum
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.settings import Settings, VectorIndexKind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def _row(name: str) -> str:
    field = Settings.model_fields[name]
    match field.default:
        case None:
            default = "unset"
        case bool() as switch:
            default = f"`{str(switch).lower()}`"
        case Enum() as choice:
            default = f"`{choice.value}`"
        case list() | tuple() as several:
            default = f"`{json.dumps(several)}`"
        case value:
            default = f"`{value}`"
    return f"| `GROUNDWORK_{name.upper()}` | {default} | {field.description} |"


def test_page_describes_every_setting_with_its_default() -> None:
    expected = [_row(name) for name in Settings.model_fields]
    described = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `GROUNDWORK_")]
    assert sorted(described) == sorted(expected)


def test_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_VECTOR_INDEX", "exact")
    monkeypatch.setenv("GROUNDWORK_PORT", "9000")
    settings = Settings()
    assert settings.vector_index is VectorIndexKind.EXACT
    assert settings.port == 9000


def test_data_folder_is_absolute_whatever_was_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings(data=Path("here")).data == tmp_path / "here"


def test_keys_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_MODEL_API_KEY", "very-secret")
    assert "very-secret" not in repr(Settings())


def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_PORT", "eighty")
    with pytest.raises(ValidationError):
        Settings()
