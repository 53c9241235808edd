"""What is committed says nothing about the machine that it was written on."""

import re
import subprocess

import pytest

from tests.conformance.sources import ROOT

REGISTRY_OR_MACHINE = re.compile(rb"pypi\.org|python" + rb"hosted|/(?:root|work|home/[a-z]+)/(?!\.\.)")
LARGEST = 5_000_000


def _tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_or_a_folder_of_a_machine() -> None:
    this = "tests/conformance/test_repository.py"
    found = {
        name: match[0].decode()
        for name in _tracked()
        if name != this and (match := REGISTRY_OR_MACHINE.search((ROOT / name).read_bytes()))
    }
    assert not found


def test_no_file_is_large() -> None:
    assert not [name for name in _tracked() if (ROOT / name).stat().st_size > LARGEST]


def test_every_tests_folder_is_a_package() -> None:
    """Without it tests/api would hide api."""
    folders = {(ROOT / name).parent for name in _tracked() if name.startswith("tests/") and name.endswith(".py")}
    outside = ROOT / "tests" / "conformance" / "watching"
    assert not [folder for folder in folders - {outside} if not (folder / "__init__.py").exists()]
