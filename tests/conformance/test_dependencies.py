"""What may be installed: locked by hash, none that is known to be bad, nothing that runs before the program does."""

import json
import re
import site
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.version import Version

from tests.conformance.sources import ROOT, imports

RUN = ROOT / "requirements.lock"
LOCKS = tuple(sorted(ROOT.glob("requirements*.lock")))
COMPARED = ROOT / "benchmarks" / "requirements-starter.lock"
"""What the pipeline that we are measured against would install on its own; it gets an environment of its own."""

ADVISORIES = tomllib.loads((Path(__file__).parent / "advisories.toml").read_text(encoding="utf-8"))
_PINNED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9.-]*)==(?P<version>[^ ;\\]+)(?: ;[^\\]*)? \\$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
_ID = re.compile(r"GHSA(?:-[0-9a-z]{4}){3}|CVE-\d{4}-\d{4,}|PYSEC-\d{4}-\d+")


@dataclass(frozen=True, slots=True)
class Pin:
    name: str
    version: Version
    hashes: int


def pins(text: str) -> list[Pin]:
    """Fails on any line that is neither a pinned version, nor one of its hashes, nor a comment."""
    found: list[Pin] = []
    for number, line in enumerate(text.splitlines(), 1):
        if pinned := _PINNED.match(line):
            found.append(Pin(pinned["name"], Version(pinned["version"]), 0))
        elif _HASH.match(line):
            found[-1] = Pin(found[-1].name, found[-1].version, found[-1].hashes + 1)
        else:
            assert not line or line.lstrip().startswith("#"), f"line {number}: {line}"
    return found


def refused(locked: list[Pin]) -> list[str]:
    """Those that the lists of refused versions and of floors do not allow, and why."""
    wrong = []
    for pin in locked:
        for entry in ADVISORIES["refused"]:
            if entry["package"] == pin.name and str(pin.version) in entry["versions"]:
                wrong.append(f"{pin.name} {pin.version} is malicious: {entry['advisory']}")
        for entry in ADVISORIES["floor"]:
            if entry["package"] == pin.name and pin.version < Version(entry["version"]):
                wrong.append(f"{pin.name} {pin.version} is below {entry['version']}: {entry['advisory']}")
    return wrong


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_lock_is_versions_and_hashes_and_nothing_else(lock: Path) -> None:
    locked = pins(lock.read_text(encoding="utf-8"))
    assert locked
    assert not [pin.name for pin in locked if pin.hashes == 0]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_lock_names_no_place_to_fetch_from(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert not re.findall(r".*(?:://|pypi\.|\.org\b|\.com\b|index-url|find-links|trusted-host|git\+|file:| @ ).*", text)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_lock_holds_no_version_that_is_known_to_be_bad(lock: Path) -> None:
    assert not refused(pins(lock.read_text(encoding="utf-8")))


def test_what_is_measured_beside_us_is_not_malicious() -> None:
    said = [line.lower().replace("_", "-").split("==") for line in COMPARED.read_text(encoding="utf-8").split()]
    assert said
    assert not [
        found for found in refused([Pin(name, Version(version), 0) for name, version in said]) if "mal" in found
    ]


def test_bad_versions_would_be_noticed() -> None:
    text = "".join(
        f"{name}=={version} \\\n    --hash=sha256:{'0' * 64}\n"
        for name, version in (("litellm", "1.82.8"), ("lxml", "6.0.2"), ("pillow", "13.0.0"))
    )
    assert refused(pins(text)) == [
        "litellm 1.82.8 is malicious: PYSEC-2026-2",
        "litellm 1.82.8 is below 1.84.0: GHSA-r75f-5x8p-qvmc",
        "lxml 6.0.2 is below 6.1.0: GHSA-vfmq-68hx-4jfw",
    ]
    with pytest.raises(AssertionError):
        pins("litellm @ https://example.org/litellm.whl\n")


def test_advisories_are_named_and_concern_what_is_locked() -> None:
    locked = {pin.name for lock in LOCKS for pin in pins(lock.read_text(encoding="utf-8"))}
    for entry in (*ADVISORIES["refused"], *ADVISORIES["floor"], *ADVISORIES["exposed"]):
        assert entry["package"] in locked, entry["package"]
        assert entry["why"].endswith("."), entry["package"]
        for advisory in entry.get("advisories") or [entry["advisory"]]:
            assert _ID.fullmatch(advisory), advisory


def test_exceptions_end_when_the_lock_is_past_them() -> None:
    locked = {pin.name: pin.version for pin in pins(RUN.read_text(encoding="utf-8"))}
    past = [
        f"{entry['package']} {locked[entry['package']]} is mended: move the entry to the floors"
        for entry in ADVISORIES["exposed"]
        if "fixed" in entry and locked[entry["package"]] >= Version(entry["fixed"])
    ]
    assert not past


def test_vulnerable_parts_are_never_loaded() -> None:
    modules = [entry["module"] for entry in ADVISORIES["exposed"]]
    named = [f"{found.importer} imports {found.imported}" for found in imports() if found.imported in modules]
    assert not named
    program = f"""
import importlib, json, sys
from api.offline import switch_off_telemetry
switch_off_telemetry()
for name in {_importers()!r}:
    importlib.import_module(name)
print(json.dumps([name for name in {modules!r} if name in sys.modules]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == []


def _importers() -> list[str]:
    """The modules of ours that import a package with an exception."""
    exposed = {entry["package"] for entry in ADVISORIES["exposed"]}
    return sorted({found.importer for found in imports() if found.library in exposed})


STARTED = {
    "_groundwork.pth": r"/[^\n]*",  # where the project lies, which is installed to be edited; a path runs nothing
    # Setuptools keeps its own distutils before Python's, which had one up to 3.11.
    "distutils-precedence.pth": (
        r"import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os\.environ\.get\(var, 'local'\) == 'local';"
        r" enabled and __import__\('_distutils_hack'\)(?:\.add_shim\(\)|\.do_override\(\)); ?"
    ),
}
"""What runs, or is looked at, whenever Python starts: its name, and all that it may say."""


def test_nothing_runs_at_the_start_of_python_but_what_is_explained() -> None:
    folders = {Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")} | set(
        map(Path, site.getsitepackages())
    )
    found = {file for folder in folders for pattern in ("*.pth", "*.start") for file in folder.glob(pattern)}
    assert {file.name for file in found} <= STARTED.keys()
    for file in found:
        assert re.fullmatch(STARTED[file.name], file.read_text(encoding="utf-8").strip("\n")), file.name
    customised = [folder / name for folder in folders for name in ("sitecustomize.py", "usercustomize.py")]
    assert not [file for file in customised if file.exists()]


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The bill of materials as `make sbom` writes it."""
    target = tmp_path_factory.mktemp("sbom") / "groundwork.cdx.json"
    subprocess.run([sys.executable, "-m", "scripts.sbom", str(target)], cwd=ROOT, check=True, timeout=300)
    text = target.read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    made: dict[str, Any] = json.loads(text)
    return made


def test_bill_of_materials_lists_every_locked_package_with_its_hashes(bill: dict[str, Any]) -> None:
    listed = {(part["name"], part["version"]): part for part in bill["components"]}
    locked = pins(RUN.read_text(encoding="utf-8"))
    assert {(pin.name, str(pin.version)) for pin in locked} == listed.keys()
    for pin in locked:
        part = listed[pin.name, str(pin.version)]
        assert part["purl"] == f"pkg:pypi/{pin.name}@{pin.version}"
        assert sum(len(place["hashes"]) for place in part["externalReferences"]) == pin.hashes, pin.name


def test_bill_of_materials_says_licences_and_what_needs_what(bill: dict[str, Any]) -> None:
    licensed = {part["name"] for part in bill["components"] if part.get("licenses")}
    assert {"starlette", "pillow", "cryptography", "psycopg"} <= licensed
    # Those that are locked for another platform are not here to be asked.
    assert len(licensed) >= 0.9 * len({part["name"] for part in bill["components"]})
    needed = {node["ref"]: node.get("dependsOn", []) for node in bill["dependencies"]}
    names = {part["bom-ref"]: part["name"] for part in bill["components"]}
    root = bill["metadata"]["component"]["bom-ref"]
    assert {"fastapi", "litellm", "pillow"} <= {names[ref] for ref in needed[root]}


def test_bill_of_materials_names_neither_this_machine_nor_this_moment(bill: dict[str, Any]) -> None:
    text = json.dumps(bill)
    assert str(ROOT) not in text
    assert "file:" not in text
    assert "serialNumber" not in bill
    assert "timestamp" not in bill["metadata"]
    assert {part["name"] for part in bill["components"]}.isdisjoint({"pytest", "mypy", "cyclonedx-bom"})
