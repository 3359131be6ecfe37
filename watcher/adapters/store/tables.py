"""The tables: one per fact, and a few accounts. Facts are inserted, never updated."""

from __future__ import annotations

import sqlalchemy as sa

from watcher.adapters.store.schema import Moment, candidate_column, metadata, run_column, when_column
from watcher.adapters.store.tables_beside import installations, installing, paces, preferences
from watcher.adapters.store.tables_curating import (
    cards,
    catalog_rows,
    decisions,
    faces,
    revisions,
    rewrites,
    rewritten_summaries,
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run", sa.String(64), nullable=False, index=True),
    sa.Column("started", Moment, nullable=False),
    sa.Column("finished", Moment),
    sa.Column("report", sa.JSON),
)

feed_readings = sa.Table(
    "feed_readings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("new", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    run_column(),
    when_column(index=True),
)

day_spans = sa.Table(
    "day_spans",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("last", sa.Date, nullable=False),
    sa.Column("newest", sa.String(128)),
    sa.Column("oldest", sa.String(128)),
    sa.Column("role", sa.String(16), nullable=False),
    run_column(),
    when_column(),
)

harvests = sa.Table(
    "harvests",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(255), nullable=False, index=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("reached", Moment, nullable=False),
    run_column(),
    when_column(),
)

paper_versions = sa.Table(
    "paper_versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("paper", sa.String(128), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("title_raw", sa.Text, nullable=False),
    sa.Column("abstract_raw", sa.Text, nullable=False),
    sa.Column("authors_raw", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("abstract", sa.Text, nullable=False),
    sa.Column("authors", sa.JSON, nullable=False),
    sa.Column("categories", sa.JSON, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("published", sa.Date),
    sa.Column("doi", sa.Text),
    sa.Column("journal_ref", sa.Text),
    sa.Column("comment", sa.Text),
    sa.Column("license", sa.Text),
    sa.UniqueConstraint("paper", "version"),
)

announcements = sa.Table(
    "announcements",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("paper_version", sa.ForeignKey("paper_versions.id"), nullable=False),
    sa.Column("announce_type", sa.String(16), nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("announced_on", sa.Date),
    sa.Column("anomalies", sa.JSON, nullable=False),
    run_column(),
    when_column(index=True),
    sa.UniqueConstraint("paper_version", "announce_type"),
)

candidates = sa.Table(
    "candidates",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("topic", sa.String(64), nullable=False),
    sa.Column("paper", sa.String(128), nullable=False, index=True),
    sa.Column("announcement", sa.ForeignKey("announcements.id"), nullable=False),
    # No fact, but a mark for the partial index: False where no stage before the desk will ask for it again, by the facts.
    # Every run clears it where it can, a nomination sets it again. Without it, finding what waits grows with all candidates there ever
    # were: 7.8 ms instead of 0.4 for a topic's batches after a year of 50 topics. Where it is True needlessly, the
    # queries give the same.
    sa.Column("waits", sa.Boolean, nullable=False, server_default=sa.true()),
    run_column(),
    when_column(),
    sa.UniqueConstraint("topic", "paper"),
    sa.Index(
        "ix_candidates_waiting",
        "topic",
        "number",
        sqlite_where=sa.text("waits = 1"),
        postgresql_where=sa.text("waits"),
    ),
)

screenings = sa.Table(
    "screenings",
    metadata,
    candidate_column(primary=True),
    sa.Column("passed", sa.Boolean, nullable=False),
    sa.Column("groups", sa.JSON, nullable=False),
    sa.Column("keywords", sa.JSON, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("probability", sa.Float),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("threshold", sa.Float),
    sa.Column("prefilter", sa.String(64), nullable=False, server_default=""),
    run_column(),
    when_column(),
)

nominations = sa.Table(
    "nominations",
    metadata,
    candidate_column(primary=True),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    run_column(),
    when_column(),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("paper", sa.String(128), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    run_column(),
    when_column(),
    sa.UniqueConstraint("paper", "version", "kind"),
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("topic", sa.String(64), nullable=False),
    when_column(),
)

assignments = sa.Table(
    "assignments",
    metadata,
    candidate_column(primary=True),
    sa.Column("batch", sa.ForeignKey("batches.number"), nullable=False, index=True),
)

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("finish", sa.String(32), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("prompt_tokens", sa.Integer, nullable=False),
    sa.Column("prompt_chars", sa.Integer, nullable=False),
    sa.Column("completion_tokens", sa.Integer, nullable=False),
    sa.Column("cost_usd", sa.Float, nullable=False),
    when_column(index=True),
)

relevances = sa.Table(
    "relevances",
    metadata,
    candidate_column(primary=True),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("criterion", sa.String(8), nullable=False),
    sa.Column("reason_ja", sa.Text, nullable=False),
    sa.Column("relevant", sa.Boolean, nullable=False),
    sa.Column("threshold", sa.Integer, nullable=False),
    sa.Column("prompt", sa.String(64), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("asked", sa.Text, nullable=False, server_default=""),
    run_column(),
    when_column(index=True),
)

summaries = sa.Table(
    "summaries",
    metadata,
    candidate_column(primary=True),
    sa.Column("summary_ja", sa.Text, nullable=False),
    sa.Column("categories_ja", sa.JSON, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("violations", sa.JSON, nullable=False),
    sa.Column("prompt", sa.String(64), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    run_column(),
    when_column(index=True),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("desk", sa.String(64), nullable=False),
    sa.Column("intended", Moment, nullable=False),
    sa.Column("ref", sa.Text),
    sa.Column("sent", Moment),
)

failures = sa.Table(
    "failures",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("candidate", sa.ForeignKey("candidates.number"), index=True),
    sa.Column("topic", sa.String(64)),
    sa.Column("error", sa.Text, nullable=False),
    run_column(),
    when_column(),
    sa.Index("ix_failures_stage", "stage", "candidate"),
)

digests = sa.Table(
    "digests",
    metadata,
    sa.Column("topic", sa.String(64), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    when_column(),
)

abilities = sa.Table(
    "abilities",
    metadata,
    sa.Column("base_url", sa.String(512), primary_key=True),
    sa.Column("model", sa.String(255), primary_key=True),
    sa.Column("manner", sa.JSON, nullable=False),
    when_column(),
)

__all__ = [
    "abilities",
    "announcements",
    "assignments",
    "batches",
    "candidates",
    "cards",
    "catalog_rows",
    "day_spans",
    "decisions",
    "digests",
    "faces",
    "failures",
    "feed_readings",
    "harvests",
    "installations",
    "installing",
    "metadata",
    "nominations",
    "notices",
    "outbox",
    "paces",
    "paper_versions",
    "preferences",
    "relevances",
    "replies",
    "revisions",
    "rewrites",
    "rewritten_summaries",
    "runs",
    "screenings",
    "summaries",
]
