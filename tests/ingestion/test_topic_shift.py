from ingestion.topic_shift import topic_shifts


def test_a_change_of_subject_is_a_shift() -> None:
    texts = ["The valve opens when pressure rises."] * 20 + ["Lunch vouchers are handed out on Mondays."] * 20
    shifts = topic_shifts(texts)
    assert shifts[0] == 0
    assert max(range(len(shifts)), key=shifts.__getitem__) == 20


def test_a_subtitle_file_that_says_nothing_is_not_searched_from_end_to_end_for_each_cue() -> None:
    """With a search without bounds this would take minutes."""
    assert set(topic_shifts(["x"] * 20_000)) == {0.0}
