"""Makes the sample documents that are not plain text, and places the evidence of the sample questions.

    python -m scripts.make_samples                  writes into corpus/samples/
    python -m scripts.make_samples --into FOLDER    writes the same files somewhere else

The words are in corpus/samples/sources/, and so are the dates inside the files: a second run writes the same bytes.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2

from scripts.sample_formats.book import epub_of
from scripts.sample_formats.mail import eml_of
from scripts.sample_formats.office import docx_of, pptx_of, xlsx_of
from scripts.sample_formats.pdf import pdf_of
from scripts.sample_formats.recording import srt_of, vtt_of
from scripts.sample_formats.source import Source, read_source

SAMPLES = Path(__file__).resolve().parent.parent / "corpus" / "samples"


def made_from(path: Path) -> bytes:
    """The document for a source, which is named like it with `.source` behind: a.docx.source makes a.docx."""
    source = read_source(path)
    makers: dict[str, Callable[[Source], bytes]] = {
        ".pdf": pdf_of,
        ".docx": docx_of,
        ".pptx": pptx_of,
        ".xlsx": xlsx_of,
        ".epub": epub_of,
        ".vtt": vtt_of,
        ".srt": srt_of,
    }
    suffix = Path(path.stem).suffix
    if suffix == ".eml":
        attachment = source.fields.get("attachment")
        return eml_of(source, path.with_name(attachment) if attachment else None)
    return makers[suffix](source)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def pdf_page_of(path: Path, quote: str) -> int:
    with pypdfium2.PdfDocument(path) as document:
        pages = [squeezed(page.get_textpage().get_text_bounded()) for page in document]
    return next(number for number, text in enumerate(pages, start=1) if squeezed(quote) in text)


def placed(evidence: dict[str, Any], samples: Path) -> dict[str, Any]:
    """The evidence with its page or its offsets, where the format has such."""
    path = samples / evidence["document"]
    page = start = end = None
    if path.suffix == ".pdf":
        page = pdf_page_of(path, evidence["quote"])
    elif path.suffix in {".md", ".txt", ".csv", ".html"}:
        text = path.read_bytes().decode("utf-8")
        # Between two words of an HTML document there may be tags.
        words = (r"(?:\s|<[^>]*>)+" if path.suffix == ".html" else r"\s+").join(
            re.escape(word) for word in evidence["quote"].split()
        )
        found = re.search(words, text)
        if found is None:
            raise ValueError(f"{evidence['document']} does not say: {evidence['quote']}")
        start, end = found.span()
    return {"document": evidence["document"], "page": page, "quote": evidence["quote"], "start": start, "end": end}


def cases_of(path: Path, samples: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    cases = (
        case | {"evidence": [placed(each, samples) for each in case["evidence"]]} for case in map(json.loads, lines)
    )
    return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, default=SAMPLES, help="the folder to write to (default: corpus/samples)")
    into: Path = parser.parse_args().into
    sources = SAMPLES / "sources"
    for path in sorted(sources.rglob("*.source")):
        target = into / "documents" / path.relative_to(sources).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(made_from(path))
        sys.stdout.write(f"{target.stat().st_size:>8,} {target.relative_to(into)}\n")
    (into / "cases.jsonl").write_text(cases_of(sources / "cases.jsonl", SAMPLES), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
