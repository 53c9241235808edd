"""Accounts: who signs in, with which browsers and keys, and which users are disabled or manage what others own."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # Not in batch mode, which would make the table anew, and dropping the old one would take its memberships along.
    op.add_column("principals", sa.Column("manages", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("principals", sa.Column("disabled_at", _MOMENT, nullable=True))
    op.execute("UPDATE principals SET manages = true WHERE kind = 'user' AND name = 'owner'")
    op.create_table(
        "accounts",
        sa.Column("principal_id", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("issuer", sa.String(length=500), nullable=True),
        sa.Column("subject", sa.String(length=500), nullable=True),
        sa.Column("last_signed_in_at", _MOMENT, nullable=True),
        _of_principal("accounts"),
        sa.PrimaryKeyConstraint("principal_id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_accounts_issuer")),
    )
    op.create_table(
        "browser_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("principal_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("provider_session", sa.String(length=500), nullable=True),
        _of_principal("browser_sessions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_browser_sessions_digest")),
    )
    op.create_index(op.f("ix_browser_sessions_principal_id"), "browser_sessions", ["principal_id"], unique=False)
    op.create_index(
        op.f("ix_browser_sessions_provider_session"), "browser_sessions", ["provider_session"], unique=False
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("principal_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("ending", sa.String(length=4), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT, nullable=True),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        _of_principal("api_keys"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_index(op.f("ix_api_keys_principal_id"), "api_keys", ["principal_id"], unique=False)
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("principal_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        _of_principal("one_time_links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_one_time_links_digest")),
    )
    op.create_index(op.f("ix_one_time_links_principal_id"), "one_time_links", ["principal_id"], unique=False)


def downgrade() -> None:
    for table in ("one_time_links", "api_keys", "browser_sessions", "accounts"):
        op.drop_table(table)
    for name in ("disabled_at", "manages"):
        op.drop_column("principals", name)


def _of_principal(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["principal_id"], ["principals.id"], name=op.f(f"fk_{table}_principal_id"), ondelete="CASCADE"
    )
