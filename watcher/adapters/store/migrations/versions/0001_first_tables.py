"""The first tables: runs, papers, one table per fact, the outbox and the accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "abilities",
        sa.Column("base_url", sa.String(length=512), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("rung", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("base_url", "model", name=op.f("pk_abilities")),
    )
    op.create_table(
        "batches",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_batches")),
    )
    op.create_table(
        "digests",
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic", "day", name=op.f("pk_digests")),
    )
    op.create_table(
        "feed_readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_readings")),
    )
    op.create_table(
        "outbox",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("intended", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("sent", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox")),
    )
    op.create_table(
        "paper_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(length=128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title_raw", sa.Text(), nullable=False),
        sa.Column("abstract_raw", sa.Text(), nullable=False),
        sa.Column("authors_raw", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("abstract", sa.Text(), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("doi", sa.Text(), nullable=True),
        sa.Column("journal_ref", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("license", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_versions")),
        sa.UniqueConstraint("paper", "version", name=op.f("uq_paper_versions_paper")),
    )
    op.create_table(
        "replies",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("finish", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("prompt_tokens", sa.Integer(), nullable=False),
        sa.Column("prompt_chars", sa.Integer(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=False),
        sa.Column("cost_usd", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_replies")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_run"), "runs", ["run"], unique=False)
    op.create_table(
        "announcements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_version", sa.Integer(), nullable=False),
        sa.Column("announce_type", sa.String(length=16), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("anomalies", sa.JSON(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["paper_version"], ["paper_versions.id"], name=op.f("fk_announcements_paper_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcements")),
        sa.UniqueConstraint("paper_version", "announce_type", name=op.f("uq_announcements_paper_version")),
    )
    op.create_table(
        "candidates",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("paper", sa.String(length=128), nullable=False),
        sa.Column("announcement", sa.Integer(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["announcement"], ["announcements.id"], name=op.f("fk_candidates_announcement")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_candidates")),
        sa.UniqueConstraint("topic", "paper", name=op.f("uq_candidates_topic")),
    )
    op.create_index(op.f("ix_candidates_paper"), "candidates", ["paper"], unique=False)
    op.create_table(
        "assignments",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.number"], name=op.f("fk_assignments_batch")),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_assignments_candidate")),
        sa.PrimaryKeyConstraint("candidate", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_batch"), "assignments", ["batch"], unique=False)
    op.create_table(
        "cards",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_cards_candidate")),
        sa.PrimaryKeyConstraint("candidate", "desk", name=op.f("pk_cards")),
    )
    op.create_table(
        "catalog_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("commit_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_catalog_rows_candidate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_rows")),
    )
    op.create_index(op.f("ix_catalog_rows_candidate"), "catalog_rows", ["candidate"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("curator", sa.Text(), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_decisions_candidate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_candidate"), "decisions", ["candidate"], unique=False)
    op.create_table(
        "faces",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("face", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_faces_candidate")),
        sa.PrimaryKeyConstraint("candidate", "desk", name=op.f("pk_faces")),
    )
    op.create_table(
        "failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_failures_candidate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failures")),
    )
    op.create_index(op.f("ix_failures_candidate"), "failures", ["candidate"], unique=False)
    op.create_table(
        "relevances",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(length=8), nullable=False),
        sa.Column("reason_ja", sa.Text(), nullable=False),
        sa.Column("relevant", sa.Boolean(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_relevances_candidate")),
        sa.PrimaryKeyConstraint("candidate", name=op.f("pk_relevances")),
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("cell", sa.String(length=32), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("curator", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_revisions_candidate")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    op.create_index(op.f("ix_revisions_candidate"), "revisions", ["candidate"], unique=False)
    op.create_table(
        "screenings",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("keywords", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_screenings_candidate")),
        sa.PrimaryKeyConstraint("candidate", name=op.f("pk_screenings")),
    )
    op.create_table(
        "summaries",
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("summary_ja", sa.Text(), nullable=False),
        sa.Column("categories_ja", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("violations", sa.JSON(), nullable=False),
        sa.Column("prompt", sa.String(length=64), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("run", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["candidate"], ["candidates.number"], name=op.f("fk_summaries_candidate")),
        sa.PrimaryKeyConstraint("candidate", name=op.f("pk_summaries")),
    )


def downgrade() -> None:
    """Drop every table."""
    op.drop_table("summaries")
    op.drop_table("screenings")
    op.drop_index(op.f("ix_revisions_candidate"), table_name="revisions")
    op.drop_table("revisions")
    op.drop_table("relevances")
    op.drop_index(op.f("ix_failures_candidate"), table_name="failures")
    op.drop_table("failures")
    op.drop_table("faces")
    op.drop_index(op.f("ix_decisions_candidate"), table_name="decisions")
    op.drop_table("decisions")
    op.drop_index(op.f("ix_catalog_rows_candidate"), table_name="catalog_rows")
    op.drop_table("catalog_rows")
    op.drop_table("cards")
    op.drop_index(op.f("ix_assignments_batch"), table_name="assignments")
    op.drop_table("assignments")
    op.drop_index(op.f("ix_candidates_paper"), table_name="candidates")
    op.drop_table("candidates")
    op.drop_table("announcements")
    op.drop_index(op.f("ix_runs_run"), table_name="runs")
    op.drop_table("runs")
    op.drop_table("replies")
    op.drop_table("paper_versions")
    op.drop_table("outbox")
    op.drop_table("feed_readings")
    op.drop_table("digests")
    op.drop_table("batches")
    op.drop_table("abilities")
