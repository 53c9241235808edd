"""Alembic's entry: runs migrations on the connection it is handed."""

from alembic import context

from api.accounts import account
from api.audit import entry
from api.jobs import job
from api.limits import model_usage
from authoring import record
from corpus import audience, chunk, comparison, document, index, recording
from corpus.database import Entity
from ingestion import source

TABLES = (account, audience, chunk, comparison, document, entry, index, job, model_usage, record, recording, source)
"""Importing them is what makes their tables known to `Entity.metadata`."""

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Entity.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
