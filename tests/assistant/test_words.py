"""Words that can be compared."""

from assistant.words import content_words, question_words, shared_share, stem, words


def test_forms_of_a_word_share_a_stem() -> None:
    assert len({stem(word) for word in "cover covers covered covering coverage".split()}) == 1
    assert len({stem(word) for word in "policy policies".split()}) == 1
    assert stem("paid") == stem("pay")


def test_short_words_and_other_scripts_keep_their_form() -> None:
    assert stem("bus") == "bus"
    assert stem("отпуск") == "отпуск"


def test_scripts_without_spaces_give_pairs_of_characters() -> None:
    assert words("请假规定") == ["请假", "假规", "规定"]


def test_function_words_carry_no_content() -> None:
    assert content_words("What is the notice period of the contract?") == [
        stem("notice"),
        stem("period"),
        stem("contract"),
    ]


def test_words_that_only_ask_are_no_question_words() -> None:
    assert question_words("Please list the benefits") == [stem("benefits")]
    assert question_words("explain") == [stem("explain")]


def test_share_of_nothing_wanted_is_whole() -> None:
    assert shared_share([], ["a"]) == 1.0
    assert shared_share(["a", "b"], ["b"]) == 0.5
