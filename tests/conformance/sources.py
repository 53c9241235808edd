"""The project's own modules and what they import, read from their text: imports inside functions count too."""

import ast
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "evals", "authoring", "assistant", "ingestion", "corpus")


_PARSING = ThreadPoolExecutor(1)
"""A thread that the browser's driver has never switched stacks in, which Python's parser takes for its own mistake."""


@dataclass(frozen=True, slots=True)
class Import:
    importer: str
    imported: str

    @property
    def library(self) -> str:
        return self.imported.partition(".")[0]


def modules() -> Iterator[tuple[str, Path]]:
    """Dotted name and file of every module in the packages, by name."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imports() -> Iterator[Import]:
    for name, path in modules():
        for node in ast.walk(_PARSING.submit(ast.parse, path.read_text(encoding="utf-8")).result()):
            if isinstance(node, ast.Import):
                yield from (Import(name, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{name} imports relatively"
                assert node.module is not None
                yield Import(name, node.module)


def foreign_imports() -> Iterator[Import]:
    """Imports of what is neither ours nor Python's own."""
    return (found for found in imports() if found.library not in {*PACKAGES, *sys.stdlib_module_names})
