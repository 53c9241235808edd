"""Courses: revisions, the claim ledger, publications, decisions, comments, risks."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "courses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("maker", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("head_id", sa.Integer(), nullable=True),
        sa.Column("structure_editors", sa.JSON(), nullable=False),
        sa.Column("drafters", sa.JSON(), nullable=False),
        sa.Column("drafted_parts", sa.JSON(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.String(length=200), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewer", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["audience_id"], ["audiences.id"], name=op.f("fk_courses_audience_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sqlite_autoincrement=True,
    )
    _index("courses", "audience_id")
    _index("courses", "state")
    op.create_table(
        "course_revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("editor", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_part", sa.String(length=100), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        _of_course("course_revisions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_revisions")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_course_revisions_course_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "course_sources",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        _of_course("course_sources"),
        _of_document("course_sources"),
        sa.PrimaryKeyConstraint("course_id", "document_id", name=op.f("pk_course_sources")),
    )
    _index("course_sources", "document_id")
    op.create_table(
        "course_publications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_keys", sa.JSON(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_by", sa.String(length=200), nullable=True),
        sa.Column("retired_because", sa.String(length=2000), nullable=False),
        _of_course("course_publications"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_publications")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_course_publications_course_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "course_claims",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=True),
        sa.Column("part_id", sa.String(length=100), nullable=False),
        sa.Column("claim_id", sa.String(length=100), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("quote_hash", sa.String(length=64), nullable=False),
        sa.Column("checked_version_id", sa.Integer(), nullable=False),
        sa.Column("looked_version_id", sa.Integer(), nullable=False),
        sa.Column("accepted_risk_id", sa.Integer(), nullable=True),
        _of_course("course_claims"),
        _of_publication("course_claims"),
        _of_document("course_claims"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_claims")),
        sqlite_autoincrement=True,
    )
    _index("course_claims", "course_id")
    _index("course_claims", "publication_id")
    _index("course_claims", "document_id")
    op.create_table(
        "course_decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _of_course("course_decisions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_decisions")),
        sqlite_autoincrement=True,
    )
    _index("course_decisions", "course_id")
    op.create_table(
        "part_verdicts",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.String(length=100), nullable=False),
        sa.Column("reviewer", sa.String(length=200), nullable=False),
        sa.Column("part_hash", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        _of_course("part_verdicts"),
        sa.PrimaryKeyConstraint("course_id", "part_id", "reviewer", name=op.f("pk_part_verdicts")),
    )
    op.create_table(
        "course_comments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.String(length=100), nullable=True),
        sa.Column("part_hash", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claim_id", sa.String(length=100), nullable=True),
        sa.Column("suggestion", sa.Text(), nullable=True),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=200), nullable=True),
        _of_course("course_comments"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_comments")),
        sqlite_autoincrement=True,
    )
    _index("course_comments", "course_id")
    op.create_table(
        "course_risks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=True),
        sa.Column("part_id", sa.String(length=100), nullable=False),
        sa.Column("claim_id", sa.String(length=100), nullable=False),
        sa.Column("quote_hash", sa.String(length=64), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("old_version_id", sa.Integer(), nullable=False),
        sa.Column("new_version_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("old_passage", sa.Text(), nullable=False),
        sa.Column("new_passage", sa.Text(), nullable=False),
        sa.Column("new_spans", sa.JSON(), nullable=False),
        sa.Column("mend", sa.Text(), nullable=False),
        sa.Column("mend_spans", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=200), nullable=True),
        sa.Column("resolution", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        _of_course("course_risks"),
        _of_publication("course_risks"),
        _of_document("course_risks"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_risks")),
        sqlite_autoincrement=True,
    )
    _index("course_risks", "course_id")
    _index("course_risks", "publication_id")
    _index("course_risks", "document_id")
    op.create_table(
        "course_following",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("claim_row_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_following")),
    )


def downgrade() -> None:
    for table in (
        "course_following",
        "course_risks",
        "course_comments",
        "part_verdicts",
        "course_decisions",
        "course_claims",
        "course_publications",
        "course_sources",
        "course_revisions",
        "courses",
    ):
        op.drop_table(table)


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _of_course(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["course_id"], ["courses.id"], name=op.f(f"fk_{table}_course_id"), ondelete="CASCADE"
    )


def _of_document(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["document_id"], ["documents.id"], name=op.f(f"fk_{table}_document_id"), ondelete="CASCADE"
    )


def _of_publication(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["publication_id"], ["course_publications.id"], name=op.f(f"fk_{table}_publication_id"), ondelete="CASCADE"
    )
