"""Comparison: sketches of versions, near copies, and statements of values."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "version_sketches",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_version_sketches_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_version_sketches")),
    )
    op.create_table(
        "near_copies",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_near_copies_version_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["versions.id"], name=op.f("fk_near_copies_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("version_id", "other_id", name=op.f("pk_near_copies")),
    )
    op.create_index(op.f("ix_near_copies_other_id"), "near_copies", ["other_id"], unique=False)
    op.create_table(
        "statements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("chunk_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_statements_version_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["chunk_id"], ["chunks.id"], name=op.f("fk_statements_chunk_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
    )
    op.create_index(op.f("ix_statements_version_id"), "statements", ["version_id"], unique=False)
    op.create_index(op.f("ix_statements_chunk_id"), "statements", ["chunk_id"], unique=False)
    op.create_index(op.f("ix_statements_key"), "statements", ["key"], unique=False)


def downgrade() -> None:
    for table in ("statements", "near_copies", "version_sketches"):
        op.drop_table(table)
