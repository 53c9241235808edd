"""The audit log on PostgreSQL: the same tests with another database under them."""

# ruff: noqa: F401 - tests are taken from where they are, so that they are collected here too
import pytest

from api.settings import Settings
from tests.api.audit.test_audit_log import (
    test_a_cut_off_end_is_found_by_a_noted_head,
    test_an_empty_log_is_sound,
    test_an_erased_person_is_gone_by_name_and_the_chain_holds,
    test_entries_are_listed_newest_first_and_narrowed,
    test_entries_that_changed_places_are_found,
    test_entries_that_were_noted_are_there_after_closing,
    test_many_threads_share_transactions_and_leave_no_gap,
    test_the_database_refuses_to_change_entries,
    test_the_mapped_entry_has_the_fields_of_the_stored_one,
    test_two_logs_on_one_database_make_one_chain,
    test_what_is_changed_without_the_triggers_is_found,
    test_whoever_comes_after_an_erased_person_is_not_taken_for_them,
    test_writing_the_database_anew_keeps_entries_and_what_guards_them,
)
from tests.postgresql import PostgresqlServer


@pytest.fixture
def settings(settings: Settings, postgresql: PostgresqlServer) -> Settings:
    return settings.model_validate(settings.model_dump() | {"database_url": postgresql.new_database()})
