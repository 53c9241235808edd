"""Renders a spreadsheet's numbers and dates as a person sees them, after the number format of their cell."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_GENERAL = "general"
# What a date looks like with these depends on the reader's computer; the ISO form is understood everywhere.
_LOCAL_DATES = frozenset({"mm-dd-yy", "m/d/yy h:mm", "m/d/yyyy", "m/d/yy"})
_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[([^\]]*)\]|(AM/PM|A/P|am/pm|a/p)|([yY]+|[mM]+|[dD]+|[hH]+|[sS]+(?:\.0+)?)|(.)', re.S
)
_CURRENCY = re.compile(r"\$([^-\]]*)(?:-[0-9A-Fa-f]+)?")
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.I)
_PLACEHOLDERS = re.compile(r"[#0?][#0?,]*(?:\.[#0?]*)?,*|\.[#0?]+|general", re.I)
_MONTHS = tuple(calendar.month_name)[1:]
_DAYS = tuple(calendar.day_name)


def render(value: object, number_format: str) -> str:
    """Text and unknown kinds of values are given back as they are."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime() | date() | time():
            return _date(value, number_format)
        case timedelta():
            return _duration(value)
        case int() | float():
            return _number(value, number_format)
        case _:
            return str(value)


def _number(value: float, number_format: str) -> str:
    if number_format.lower() in {_GENERAL, "", "@"}:
        return _general(value)
    sections = _sections(number_format)
    section = sections[0]
    if value < 0 and len(sections) > 1:
        section, value = sections[1], -value
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    plain = _literals(section)
    placeholder = _PLACEHOLDERS.search(plain.text)
    if placeholder is None:
        return plain.filled("", (0, 0)).strip() or _general(value)
    if placeholder[0].lower() == _GENERAL:
        return plain.filled(_general(value), placeholder.span()).strip()
    if "/" in plain.text or re.search(r"E[+-]", plain.text):
        return _general(value)
    scaled = value * 100 ** plain.text.count("%")
    return plain.filled(_digits(scaled, placeholder[0]), placeholder.span()).strip()


def _digits(value: float, digits: str) -> str:
    scaled = value
    while digits.endswith(","):
        digits, scaled = digits[:-1], scaled / 1000
    whole, _, decimals = digits.partition(".")
    written = f"{abs(scaled):{',' if ',' in whole else ''}.{len(decimals)}f}"
    least = len(decimals.rstrip("#?"))
    if len(decimals) > least:
        head, _, tail = written.partition(".")
        tail = tail[:least] + tail[least:].rstrip("0")
        written = f"{head}.{tail}" if tail else head
    zeros = whole.replace(",", "").count("0")
    head, point, tail = written.partition(".")
    head = head.zfill(zeros) if head != "0" or zeros else ""
    sign = "-" if scaled < 0 and written.strip("0.,") else ""
    return f"{sign}{head}{point}{tail}"


def _general(value: float) -> str:
    if isinstance(value, int) or (float(value).is_integer() and abs(value) < 1e15):
        return str(int(value))
    return f"{value:.10g}"


def _sections(number_format: str) -> list[str]:
    """Parts for positive, negative, zero and text; a semicolon in quotes parts nothing."""
    return re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', number_format)


@dataclass(frozen=True, slots=True)
class _Plain:
    """A section in which every literal is one placeholder character of the private use area."""

    text: str
    literals: dict[str, str]

    def filled(self, number: str, at: tuple[int, int]) -> str:
        """With `number` in the place of its placeholder and every literal as it is."""
        return self._shown(self.text[: at[0]]) + number + self._shown(self.text[at[1] :])

    def _shown(self, part: str) -> str:
        return "".join(self.literals.get(character, character) for character in part)


def _literals(section: str) -> _Plain:
    literals: dict[str, str] = {}

    def kept(match: re.Match[str]) -> str:
        literal = match[1] if match[1] is not None else match[2]
        if match[3] is not None:
            currency = _CURRENCY.fullmatch(match[3])
            literal = currency[1] if currency is not None else ""
        if literal is None:
            if match[0][0] == "_":
                return " "
            return "" if match[0][0] == "*" else match[0]
        mark = chr(0xE000 + len(literals))
        literals[mark] = literal
        return mark

    return _Plain(_TOKEN.sub(kept, section), literals)


def _date(value: datetime | date | time, number_format: str) -> str:
    section = _sections(number_format)[0]
    bare = re.sub(r"\[\$[^\]]*\]", "", section).strip()
    if bare.lower() in _LOCAL_DATES or bare.lower() in {_GENERAL, ""} or _ELAPSED.search(bare):
        return _iso(value)
    twelve = re.search(r"AM/PM|A/P", section, re.I) is not None
    written: list[str] = []
    previous = ""
    matches = list(_TOKEN.finditer(bare))
    codes = [match[5].lower() if match[5] else "" for match in matches]
    for index, match in enumerate(matches):
        code = codes[index]
        if match[1] is not None or match[2] is not None:
            written.append(match[1] if match[1] is not None else match[2])
        elif match[4]:
            written.append("AM" if _hour(value) < 12 else "PM")
        elif code:
            following = next((later for later in codes[index + 1 :] if later), "")
            is_minutes = code[0] == "m" and len(code) <= 2 and (previous[:1] == "h" or following[:1] == "s")
            written.append(_part(value, code, is_minutes, twelve))
            previous = code
        elif match[6] is not None and match[6] not in "@":
            written.append(match[6])
    text = "".join(written).strip()
    return text or _iso(value)


def _part(value: datetime | date | time, code: str, is_minutes: bool, twelve: bool) -> str:  # noqa: PLR0911 - one per code
    """One piece of a date; a piece that this kind of value lacks is shown as nothing."""
    if code[0] in "hs" or is_minutes:
        if not isinstance(value, datetime | time):
            return "00" if len(code) > 1 else "0"
        if is_minutes:
            return f"{value.minute:0{len(code)}d}"
        if code[0] == "h":
            hour = value.hour % 12 or 12 if twelve else value.hour
            return f"{hour:0{min(len(code), 2)}d}"
        return f"{value.second:0{min(len(code.partition('.')[0]), 2)}d}"
    if isinstance(value, time):
        return ""
    if code[0] == "y":
        return f"{value.year % 100:02d}" if len(code) <= 2 else f"{value.year:04d}"
    if code[0] == "m":
        names = {3: _MONTHS[value.month - 1][:3], 4: _MONTHS[value.month - 1], 5: _MONTHS[value.month - 1][0]}
        return names.get(len(code), f"{value.month:0{min(len(code), 2)}d}")
    names = {3: _DAYS[value.weekday()][:3], 4: _DAYS[value.weekday()]}
    return names.get(len(code), f"{value.day:0{min(len(code), 2)}d}")


def _hour(value: datetime | date | time) -> int:
    return value.hour if isinstance(value, datetime | time) else 0


def _iso(value: datetime | date | time) -> str:
    if isinstance(value, datetime):
        if value.time() == time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="minutes" if value.second == 0 else "seconds")
    return value.isoformat() if isinstance(value, date) else value.isoformat(timespec="minutes")


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    minutes, second = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60}:{minutes % 60:02d}" + (f":{second:02d}" if second else "")
