"""The command line: fast because it imports only what a command uses, and the same in every command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import COMMANDS, main
from api.commands.options import Exit
from tests.conformance.sources import ROOT

SLOW = {
    "alembic",
    "bs4",
    "chromadb",
    "dbos",
    "fastapi",
    "grpc",
    "httpx",
    "jinja2",
    "lingua",
    "litellm",
    "llama_index",
    "lxml",
    "numpy",
    "onnx",
    "onnxruntime",
    "openai",
    "opentelemetry",
    "pandas",
    "pdfplumber",
    "pydantic",
    "pypdfium2",
    "ragas",
    "requests",
    "spacy",
    "sqlalchemy",
    "starlette",
    "tantivy",
    "tokenizers",
    "torch",
    "unstructured",
    "uvicorn",
}
NEEDED_TO_ASK = {"numpy", "onnxruntime", "pydantic", "sqlalchemy", "tantivy", "tokenizers"}


def _imported_by(*arguments: str, exit_code: int = 0) -> set[str]:
    """Of the libraries that take their time, those that a command has imported when it ends."""
    program = (
        "import sys\n"
        "from api.cli import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == exit_code, done.stderr
    return SLOW & set(done.stderr.splitlines()[-1].split())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with one document in it."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "leave.md").write_text("# Leave\n\nEvery employee has 30 days of leave a year.\n")
    done = CliRunner().invoke(main, ["ingest", str(folder / "leave.md"), "--data", str(folder / "data")])
    assert done.exit_code == Exit.OK, done.output
    return folder / "data"


def test_help_imports_nothing_slow() -> None:
    assert _imported_by("--help") == set()


def test_asking_imports_no_library_that_it_does_not_use(corpus: Path) -> None:
    imported = _imported_by("ask", "How many days of leave does an employee have?", "--data", str(corpus))
    assert imported <= NEEDED_TO_ASK


def test_ingesting_what_is_known_imports_no_parser_and_no_index(corpus: Path) -> None:
    document = corpus.parent / "leave.md"
    imported = _imported_by("ingest", str(document), "--data", str(corpus))
    assert not imported & {"chromadb", "litellm", "llama_index", "unstructured", "lxml", "pypdfium2"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    shown = CliRunner().invoke(main, [name, "--help"])
    assert shown.exit_code == Exit.OK
    assert shown.output.startswith("Usage:")
    assert len(shown.output.splitlines()) > 4


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in COMMANDS
        if name not in ("evaluate", "audience", "audit", "group", "items", "jobs", "key", "openapi", "source", "user")
    ],
)
def test_every_command_lets_the_data_folder_be_named(name: str) -> None:
    assert "--data" in CliRunner().invoke(main, [name, "--help"]).output


@pytest.mark.parametrize(
    "arguments",
    [["search", "leave"], ["ask", "How many days of leave does an employee have?"], ["status"], ["audience", "list"]],
    ids=" ".join,
)
def test_reports_are_json_on_request(arguments: list[str], corpus: Path) -> None:
    shown = CliRunner().invoke(main, [*arguments, "--data", str(corpus), "--json"])
    assert shown.exit_code in (Exit.OK, Exit.NOT_ANSWERED)
    json.loads(shown.stdout)


def test_ingest_reports_each_file_as_json(corpus: Path) -> None:
    shown = CliRunner().invoke(main, ["ingest", str(corpus.parent / "leave.md"), "--data", str(corpus), "--json"])
    assert [file["outcome"] for file in json.loads(shown.stdout)["files"]] == ["unchanged"]


def test_exit_code_says_that_nothing_was_found(corpus: Path) -> None:
    asked = CliRunner().invoke(main, ["ask", "Who painted the ceiling of the chapel?", "--data", str(corpus)])
    assert asked.exit_code == Exit.NOT_ANSWERED


def test_exit_code_says_that_a_path_is_missing(tmp_path: Path) -> None:
    missing = CliRunner().invoke(main, ["ingest", str(tmp_path / "nowhere"), "--data", str(tmp_path / "data")])
    assert missing.exit_code == Exit.NOT_FOUND
    assert "nowhere" in missing.stderr


def test_exit_code_says_that_some_files_failed(tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    done = CliRunner().invoke(main, ["ingest", str(tmp_path / "broken.pdf"), "--data", str(tmp_path / "data")])
    assert done.exit_code == Exit.PARTLY_FAILED


def test_exit_code_says_that_a_user_is_unknown(corpus: Path) -> None:
    asked = CliRunner().invoke(main, ["search", "leave", "--data", str(corpus), "--as", "nobody"])
    assert asked.exit_code == Exit.NOT_FOUND


def test_wrong_call_says_how_it_is_done() -> None:
    called = CliRunner().invoke(main, ["search"])
    assert called.exit_code == Exit.INVALID
    assert "Usage:" in called.stderr
