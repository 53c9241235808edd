"""Writes the bill of materials of what runs: every locked package with its hashes, its licence, and what it needs.

    python -m scripts.sbom [FILE]           default: build/groundwork.cdx.json

`cyclonedx-py` reads the lock, which knows hashes, and the environment, which knows licences and needs; the two are put
together by name. The same lock in the same environment gives the same bytes.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "build" / "groundwork.cdx.json"
_TOOL = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py"]
_SAME = ["--pyproject", str(ROOT / "pyproject.toml"), "--spec-version", "1.6", "--output-reproducible"]

Bill = dict[str, Any]
"""CycloneDX JSON."""


class BillNotValid(Exception):
    """What was put together breaks the schema."""


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    locked = _made("requirements", str(ROOT / "requirements.lock"))
    installed = _made("environment", sys.executable)
    text = json.dumps(_joined(locked, installed), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault is not None:
        raise BillNotValid(str(fault))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    sys.stderr.write(f"sbom: {len(locked['components'])} packages in {target}\n")


def _made(kind: str, what: str) -> Bill:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "bill.json"
        subprocess.run([*_TOOL, kind, *_SAME, "-o", str(made), what], check=True)  # noqa: S603 - our own interpreter
        bill: Bill = json.loads(made.read_text(encoding="utf-8"))
        return bill


def _joined(locked: Bill, installed: Bill) -> Bill:
    """The parts of the first, with what the second says about them. A part is known by name and version."""
    known = {_key(part): part for part in installed["components"]}
    refs: dict[str, str] = {}
    for part in locked["components"]:
        found = known.get(_key(part))
        part["bom-ref"] = "==".join(_key(part))
        # What the tool says here is the line of the lock.
        part.pop("description", None)
        if found is not None:
            refs[found["bom-ref"]] = part["bom-ref"]
            part |= {field: found[field] for field in ("description", "licenses") if field in found}
    root = locked["metadata"]["component"]["bom-ref"]
    refs[installed["metadata"]["component"]["bom-ref"]] = root
    locked["components"].sort(key=lambda part: str(part["bom-ref"]))
    locked["dependencies"] = list(_needs(installed, refs))
    return locked


def _needs(installed: Bill, refs: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Packages that only development needs are in no place of `refs`."""
    needs = {node["ref"]: node.get("dependsOn", []) for node in installed["dependencies"]}
    for ref, name in sorted(refs.items(), key=lambda pair: pair[1]):
        below = sorted({refs[other] for other in needs.get(ref, []) if other in refs})
        yield {"ref": name, "dependsOn": below} if below else {"ref": name}


def _key(part: dict[str, Any]) -> tuple[str, str]:
    return re.sub(r"[-_.]+", "-", str(part["name"])).lower(), str(part["version"])


if __name__ == "__main__":
    main()
