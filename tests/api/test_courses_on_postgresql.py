"""Courses on PostgreSQL: tests of both databases, with the other one under them."""

# ruff: noqa: F401 - tests and fixtures are taken from where they are, so that they are collected here too
from collections.abc import Iterator

import pytest

from tests.api.test_course_risks import (
    course,
    courses,
    handbook,
    risks,
    test_a_mend_is_taken_with_one_step_and_goes_the_whole_way_to_learners,
    test_an_erased_document_leaves_no_word_in_any_course,
)
from tests.api.test_courses import (
    test_a_course_is_hidden_from_who_may_not_read_one_of_its_documents,
    test_the_queue_shows_what_is_due_first_and_who_has_how_much,
)
from tests.authoring.course_people import PEOPLE
from tests.authoring.small_corpus import SmallCorpus
from tests.conftest import Ticking
from tests.postgresql import PostgresqlServer


@pytest.fixture
def corpus(postgresql: PostgresqlServer) -> Iterator[SmallCorpus]:
    opened = SmallCorpus(postgresql.new_database(), Ticking(), tuple(PEOPLE))
    yield opened
    opened.engine.dispose()
