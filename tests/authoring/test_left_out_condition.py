"""What a source says of some cases only is not said of all."""

import pytest

from authoring.left_out_condition import left_out_condition

REFUND = "Tickets are refunded in full if the trip is cancelled by the company."
SPARE = "Unless the shift leader objects, operators replace worn seals themselves."


@pytest.mark.parametrize(
    ("sentence", "quotes", "condition"),
    [
        ("Tickets are refunded in full.", [REFUND], "if the trip is cancelled by the company"),
        ("Operators replace worn seals themselves.", [SPARE], "Unless the shift leader objects"),
        ("Brazing is allowed.", ["Brazing is allowed only after the circuit was emptied."], "only after the circuit"),
        (
            "Die Kosten werden erstattet.",
            ["Die Kosten werden erstattet, sofern ein Beleg vorliegt."],
            "sofern ein Beleg",
        ),
        ("Tickets are refunded in full.", [REFUND, "The trip was long."], "if the trip is cancelled by the company"),
        (REFUND, [REFUND], None),
        ("Tickets are refunded when the company cancels a trip.", [REFUND], None),
        ("If the company cancels it, the ticket is refunded.", [REFUND], None),
        ("Tickets are refunded in full.", [REFUND, "All tickets are refunded in full."], None),
        ("The shift leader may object.", [SPARE], None),
        ("Tickets are refunded in full.", ["If possible, tickets are refunded in full."], None),
        ("Tickets are refunded in full.", ["Tickets are refunded in full, even if the trip has begun."], None),
        ("Tickets are refunded in full.", [], None),
    ],
)
def test_finds_the_condition_that_is_gone(sentence: str, quotes: list[str], condition: str | None) -> None:
    found = left_out_condition(sentence, quotes)
    assert found is None if condition is None else found is not None and found.startswith(condition)
