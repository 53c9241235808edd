"""What every store writes and reads, on PostgreSQL: the tests of each, with another database under them."""

# ruff: noqa: F401 - tests and fixtures are taken from where they are, so that they are collected here too
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect

import api
from api import schema
from api.settings import Settings
from corpus.database import Entity, open_database
from tests.api.test_comparing import (
    mara,
    test_a_document_that_was_replaced_or_removed_disagrees_no_more,
    test_only_those_who_may_read_both_and_keep_one_are_told,
    test_two_documents_that_state_different_values_are_shown_beside_each_other,
)
from tests.api.test_erasing_recordings import (
    test_an_upload_and_the_copy_for_players_are_erased,
    test_pieces_and_decoded_sound_of_an_interrupted_transcription_are_erased,
    test_the_same_transcript_of_others_stays,
)
from tests.api.test_recordings import test_an_uploaded_transcript_finds_the_recording_it_is_named_like
from tests.api.test_source_syncing import (
    folder,
    source,
    syncing,
    test_a_recording_is_taken_in_with_the_transcript_beside_it,
    test_a_source_is_due_when_its_time_has_come,
    test_a_sync_is_a_job_that_says_what_it_does,
    test_access_lists_decide_who_may_read,
    test_removing_a_source_removes_its_documents_unless_they_are_to_stay,
    test_renamed_and_moved_files_keep_document_and_vectors,
    test_requests_at_the_same_time_start_one_sync,
    test_what_cannot_be_fetched_now_is_tried_again,
    test_what_is_gone_is_gone_from_answers,
)
from tests.api.test_transcribing import (
    opened,
    test_a_failure_repeats_one_piece_only,
    test_a_waiting_recording_is_transcribed_by_a_job,
    test_words_put_right_are_hints_for_the_audience_they_belong_to,
)
from tests.postgresql import PostgresqlServer


@pytest.fixture
def settings(settings: Settings, postgresql: PostgresqlServer) -> Settings:
    return settings.model_validate(settings.model_dump() | {"database_url": postgresql.new_database()})


def tables(engine: Engine) -> dict[str, set[str]]:
    """Names of columns by table."""
    found = inspect(engine)
    return {
        table: {column["name"] for column in found.get_columns(table)}
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def test_each_migration_goes_up_and_down_again(postgresql: PostgresqlServer) -> None:
    engine = open_database(postgresql.new_database())
    config = Config()
    config.set_main_option("script_location", str(Path(api.__file__).parent / "migrations"))
    forms = [f"{number:04}" for number in range(1, int(schema.NEWEST) + 1)]
    passed: list[dict[str, set[str]]] = []
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        for form in forms:
            with connection.begin():
                command.upgrade(config, form)
            passed.append(tables(engine))
        for form, before in reversed(list(zip(forms[:-1], passed[:-1], strict=True))):
            with connection.begin():
                command.downgrade(config, form)
            assert tables(engine) == before, form
    assert schema.migrate(engine)
    mapped = {name: {column.name for column in table.columns} for name, table in Entity.metadata.tables.items()}
    assert tables(engine) == passed[-1] == mapped
    engine.dispose()
