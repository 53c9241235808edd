"""A short form of `python -m tests.chaos.review_rules`."""

from pathlib import Path

from tests.chaos.review_rules import ReviewRules

STEPS = 160


def test_whatever_people_do_nothing_is_published_unapproved_and_no_edit_is_lost(tmp_path: Path) -> None:
    rules = ReviewRules(tmp_path, seed=5)
    for _ in range(STEPS):
        rules.step()
    rules.check()
    assert rules.outcomes["publish: done"] > 0
    assert rules.outcomes["put: NotSaved"] > 0
    assert rules.outcomes["approve: OwnWork"] > 0
    rules.corpus.engine.dispose()
