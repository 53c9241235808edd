"""Hyphens at the ends of lines."""

import pytest

from ingestion.pdf_hyphens import LineEnds


@pytest.mark.parametrize(
    ("before", "after", "known", "only_of_line"),
    [
        ("exam-", "ple", {"example"}, True),
        ("exam-", "ple,", {"the"}, True),
        ("in-", "network", {"in-network"}, False),
        ("cutting-", "edge", {"cutting", "edge"}, False),
        ("well-", "being", {"well-being", "wellbeing"}, True),
        ("up-to-", "date", {"to", "date"}, False),
        ("Anglo-", "American", set(), False),
        ("2020-", "2023", set(), False),
        ("-", "then", set(), False),
        ("end", "start", set(), False),
    ],
)
def test_the_document_itself_tells_compounds_from_cut_words(
    before: str, after: str, known: set[str], only_of_line: bool
) -> None:
    assert LineEnds(known).is_only_of_line(before, after) is only_of_line
