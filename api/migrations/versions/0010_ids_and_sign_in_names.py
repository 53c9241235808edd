"""Ids of documents that are given once, and names to sign in with of which there is one each, however it is written."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("sign_in_name", sa.String(length=400), nullable=True))
    _fill_sign_in_names()
    with op.batch_alter_table("accounts") as batch:
        batch.alter_column("sign_in_name", existing_type=sa.String(length=400), nullable=False)
        batch.create_unique_constraint(op.f("uq_accounts_sign_in_name"), ["sign_in_name"])
    if _is_sqlite():
        # SQLite gives the highest id again once it is free, and the audit log names documents by nothing else.
        with op.batch_alter_table("documents", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
            pass


def downgrade() -> None:
    if _is_sqlite():
        with op.batch_alter_table("documents", recreate="always"):
            pass
    with op.batch_alter_table("accounts") as batch:
        batch.drop_constraint(op.f("uq_accounts_sign_in_name"), type_="unique")
        batch.drop_column("sign_in_name")


def _fill_sign_in_names() -> None:
    connection = op.get_bind()
    rows = connection.execute(
        sa.text("SELECT a.principal_id, p.name FROM accounts a JOIN principals p ON p.id = a.principal_id ORDER BY 1")
    ).all()
    taken: set[str] = set()
    for principal_id, name in rows:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
        # No name has a number sign: who comes second is found by the name exactly as it is written.
        folded = folded if folded not in taken else f"{folded}#{principal_id}"
        taken.add(folded)
        connection.execute(
            sa.text("UPDATE accounts SET sign_in_name = :folded WHERE principal_id = :principal_id"),
            {"folded": folded, "principal_id": principal_id},
        )


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
