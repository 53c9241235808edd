"""People, their roles and groups, as a table that spreadsheets read and write: one person a line."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from api.accounts.account import UnknownRole, folded
from api.accounts.roles import Role
from api.accounts.store import AccountEntry
from api.csv_cells import csv_line, plain_cell
from corpus.audience import EVERYONE, checked_name
from corpus.errors import GroundworkError, Invalid

COLUMNS = ("name", "display_name", "roles", "groups")
MOST_ROWS = 10_000
_BETWEEN = ";"


class NotATable(Invalid):
    """The file as a whole cannot be read as such a table."""


@dataclass(frozen=True, slots=True)
class PersonRow:
    """None where the table says nothing about it. `line`: as spreadsheets count, the heading being 1."""

    line: int
    name: str
    display_name: str | None
    roles: frozenset[Role] | None
    groups: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class BadRow:
    line: int
    name: str
    reason: str


def read_people(text: str) -> tuple[list[PersonRow], list[BadRow]]:
    """Rows that can be understood, and the others. An empty cell of roles says nothing; one of groups says none.

    Raises `NotATable`.
    """
    try:
        lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=_delimiter(text), strict=True))
    except csv.Error as error:
        raise NotATable(f"The file is not CSV: {error}.") from error
    headings = [heading.strip().lower() for heading in lines[0]] if lines else []
    _check(headings)
    if len(lines) > MOST_ROWS + 1:
        raise NotATable(f"The file has more than {MOST_ROWS:,} rows. Divide it.")
    good: list[PersonRow] = []
    bad: list[BadRow] = []
    seen: set[str] = set()
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        said = dict(zip(headings, (plain_cell(cell).strip() for cell in cells), strict=False))
        name = said.get("name", "")
        try:
            if len(cells) != len(headings):
                raise NotATable(f"The row has {len(cells)} cells, the heading {len(headings)}.")
            row = _row(number, said)
            if folded(row.name) in seen:
                raise NotATable("This person is in the file twice.")
        except GroundworkError as error:
            bad.append(BadRow(number, name[:100], str(error)))
            continue
        seen.add(folded(row.name))
        good.append(row)
    return good, bad


def write_people(entries: Iterable[AccountEntry]) -> Iterator[str]:
    """Line by line; nothing in it is taken for a formula, and `read_people` reads it back."""
    yield csv_line(COLUMNS)
    for entry in entries:
        yield csv_line(
            [entry.name, entry.display_name, _BETWEEN.join(entry.roles), _BETWEEN.join(map(str, entry.groups))]
        )


def _delimiter(text: str) -> str:
    """What spreadsheets write between cells is another thing from country to country."""
    heading = text.split("\n", 1)[0]
    return max(",;\t", key=heading.count)


def _check(headings: list[str]) -> None:
    if "name" not in headings:
        raise NotATable(f"The first row has to name the columns: {', '.join(COLUMNS)}. Only name is a must.")
    if unknown := [heading for heading in headings if heading not in COLUMNS]:
        raise NotATable(f"There is a column “{unknown[0][:60]}”. Known are: {', '.join(COLUMNS)}.")
    if len(set(headings)) < len(headings):
        raise NotATable("A column is there twice.")


def _row(line: int, said: dict[str, str]) -> PersonRow:
    roles, groups = said.get("roles"), said.get("groups")
    return PersonRow(
        line=line,
        name=checked_name(said["name"]),
        display_name=said.get("display_name"),
        roles=frozenset(map(role_named, _several(roles))) if roles else None,
        groups=None if groups is None else tuple(dict.fromkeys(map(_group, _several(groups)))),
    )


def role_named(said: str) -> Role:
    """Raises `UnknownRole`."""
    try:
        return Role(said.strip().lower())
    except ValueError as error:
        raise UnknownRole(said) from error


def _group(said: str) -> str:
    name = checked_name(said)
    if name == EVERYONE:
        raise NotATable(f"Everybody is in the group “{EVERYONE}” anyway. Leave it out.")
    return name


def _several(said: str) -> list[str]:
    return [part.strip() for part in said.replace(",", _BETWEEN).split(_BETWEEN) if part.strip()]
