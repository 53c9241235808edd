"""EPUB samples."""

import html
import io
import re
import zipfile

from markdown_it import MarkdownIt

from scripts.sample_formats.source import Source

CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="book/content.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="en" lang="en">
<head><title>{title}</title></head>
<body>{body}</body>
</html>
"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
  <metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
    <dc:identifier id="id">{identifier}</dc:identifier>
    <dc:title>{title}</dc:title>
    <dc:creator>{author}</dc:creator>
    <dc:language>en</dc:language>
    <meta property="dcterms:modified">{written:%Y-%m-%dT%H:%M:%SZ}</meta>
  </metadata>
  <manifest>
    <item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
    {items}
  </manifest>
  <spine>{spine}</spine>
</package>
"""


def epub_of(source: Source) -> bytes:
    """One chapter file for each `# heading`."""
    markdown = MarkdownIt("commonmark", {"xhtmlOut": True}).enable("table")
    chapters = re.split(r"^(?=# )", source.body, flags=re.MULTILINE)[1:]
    titles = [chapter.splitlines()[0].removeprefix("# ") for chapter in chapters]
    names = [f"chapter-{number}.xhtml" for number in range(1, len(chapters) + 1)]
    links = "".join(
        f'<li><a href="{name}">{html.escape(title)}</a></li>' for name, title in zip(names, titles, strict=True)
    )
    package = PACKAGE.format(
        identifier=source.fields["identifier"],
        title=html.escape(source.title),
        author=html.escape(source.fields["author"]),
        written=source.written,
        items="\n    ".join(
            f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(names, 1)
        ),
        spine="".join(f'<itemref idref="c{number}"/>' for number in range(1, len(names) + 1)),
    )
    members = {
        "META-INF/container.xml": CONTAINER,
        "book/content.opf": package,
        "book/nav.xhtml": PAGE.format(
            title="Contents", body=f'<nav epub:type="toc"><h1>Contents</h1><ol>{links}</ol></nav>'
        ),
    }
    for name, title, chapter in zip(names, titles, chapters, strict=True):
        members[f"book/{name}"] = PAGE.format(title=html.escape(title), body=markdown.render(chapter))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        # A reader finds the type of the book by looking at the first bytes: this member is first and not compressed.
        archive.writestr(zipfile.ZipInfo("mimetype", (2026, 1, 1, 0, 0, 0)), "application/epub+zip", zipfile.ZIP_STORED)
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
