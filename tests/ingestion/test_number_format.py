"""Values are rendered as the spreadsheet shows them."""

from datetime import date, datetime, time, timedelta

import pytest

from ingestion.number_format import render

ACCOUNTING = '_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)'


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (None, "General", ""),
        ("text", "0.00", "text"),
        (True, "General", "TRUE"),
        (3, "General", "3"),
        (0.1 + 0.2, "General", "0.3"),
        (1e20, "General", "1e+20"),
        (1234567.891, "#,##0.00", "1,234,567.89"),
        (0.125, "0.0%", "12.5%"),
        (7, "000", "007"),
        (3.14159, "0.##", "3.14"),
        (3.0, "0.##", "3"),
        (0.5, "#.##", ".5"),
        (-0.001, "0.00", "0.00"),
        (-5, "#,##0_);(#,##0)", "(5)"),
        (-5, "#,##0;[Red]-#,##0", "-5"),
        (-5.5, ACCOUNTING, "$(5.50)"),
        (0, ACCOUNTING, "$-"),
        (12, "[$€-407] #,##0", "€ 12"),
        (12, '#,##0 "€"', "12 €"),
        (1_500_000, '0.0,,"M"', "1.5M"),
        (12, 'General" km"', "12 km"),
        (1, '"yes";"no";"none"', "yes"),
        (1234, "0.00E+00", "1234"),
        (date(2026, 3, 1), "mm-dd-yy", "2026-03-01"),
        (date(2026, 3, 1), "dd.mm.yyyy", "01.03.2026"),
        (date(2026, 3, 1), "[$-409]d\\-mmm\\-yy;@", "1-Mar-26"),
        (date(2026, 3, 1), "dddd, mmmm dd, yyyy", "Sunday, March 01, 2026"),
        (datetime.fromisoformat("2026-03-01T09:05:07"), "yyyy-mm-dd hh:mm:ss", "2026-03-01 09:05:07"),
        (datetime.fromisoformat("2026-03-01T14:05:00"), "h:mm AM/PM", "2:05 PM"),
        (datetime.fromisoformat("2026-03-01T14:05:00"), "m/d/yy h:mm", "2026-03-01 14:05"),
        (time(9, 5), "h:mm", "9:05"),
        (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
        (timedelta(seconds=-90), "General", "-0:01:30"),
    ],
)
def test_values_are_shown_by_their_format(value: object, number_format: str, shown: str) -> None:
    assert render(value, number_format) == shown


@pytest.mark.parametrize(
    "number_format", ["", ";;;", '"', "[", "\\", "0.0.0", "#,", "%%", "[h", "_", "*", "???/???", "AM/PM", "yyyyyyy"]
)
def test_odd_formats_break_nothing(number_format: str) -> None:
    for value in (0, -1.5, date(2026, 3, 1), time(1, 2)):
        assert isinstance(render(value, number_format), str)
