"""Documents: who answers for them, and when they are to be reviewed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in batch mode, which would make the table anew, and dropping the old one would take its versions along.
    op.add_column("documents", sa.Column("owner", sa.String(length=200), nullable=True))
    op.add_column("documents", sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("documents", sa.Column("review_days", sa.Integer(), nullable=True))
    op.add_column("documents", sa.Column("review_due_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_documents_review_due_at"), "documents", ["review_due_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_documents_review_due_at"), "documents")
    for name in ("review_due_at", "review_days", "reviewed_at", "owner"):
        op.drop_column("documents", name)
