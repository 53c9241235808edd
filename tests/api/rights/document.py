"""Writes the table of rights as people read it: `python -m tests.api.rights.document` puts it into docs/rights.md."""

from collections.abc import Sequence
from pathlib import Path

from api.operations import OPERATIONS
from tests.api.rights.matrix import Row, rows
from tests.api.rights.organisation import Who

DOCUMENT = Path(__file__).parents[3] / "docs" / "rights.md"
_BEGINNING = """# Who may do what

What everybody gets from every operation, as the tests hold it (`tests/api/rights/`). Numbers are statuses of HTTP;
*sign in* leads to the page where one does. **own**: what belongs to whoever asks, or what is there at all where an
administrator may do it to everything. **visible**: somebody else's, that they may see. **foreign**: somebody else's,
that they may not know of; it is answered as what is **absent**. A foreign or absent audience is one that the request
names, to add to or to give to. Who is disabled, and a key that has run out, get what somebody unknown gets; the key has
the scope `read`.

Roles say what one may do, audiences what one may see; an administrator who is in no audience sees nothing of it.

- Whoever administers makes an audience by naming one that is absent, and reads it from then on. So they alone are told
  an absent audience from a foreign one. They may list all audiences in any case.
- Weights (`score`, `keywords`, `confidence`) of passages depend on how long all texts are on average, also those that
  one may not see: by some hundredths where these are most, and nothing else. How often which word occurs is counted in
  what one may see alone.
- Numbers of documents and jobs are given in turn. Whoever adds some can tell how many others were added meanwhile.
- A name of a source is given once. Whoever adds one under the name of a source that they may not see is told that it is
  taken.

"""


def written(table: Sequence[Row]) -> str:
    """One line for each row of the table."""
    names = {(operation.method, operation.path): operation.name for operation in OPERATIONS}
    columns = [who for who in Who if who not in (Who.DISABLED, Who.EXPIRED_KEY)]
    head = ["operation", "method and path", "object", *columns]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in table:
        cells = [names[row.method, row.path], f"`{row.method} {row.path}`", row.aim.value]
        cells += [row.expected[who] for who in columns]
        lines.append(f"| {' | '.join(cells)} |")
    return _BEGINNING + "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(written(rows()), encoding="utf-8")
