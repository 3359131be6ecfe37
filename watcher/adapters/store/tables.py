"""The database schema as SQLAlchemy tables: append-only tables for what happened to papers, and a few tables of
changing state.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from watcher.adapters.store.database import Moment

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def candidate_column(*, primary: bool = False) -> sa.Column[int]:
    """Build the foreign key column `candidate`, by which a row refers to the candidate (a paper considered for a topic)
    it is about.
    """
    return sa.Column(
        "candidate", sa.ForeignKey("candidates.number"), nullable=False, primary_key=primary, index=not primary
    )


def when_column(*, index: bool = False) -> sa.Column[datetime]:
    """Build the column `at` for the time at which a row was added; `index` says whether to index it."""
    return sa.Column("at", Moment, nullable=False, index=index)


def stamp_columns(*, index: bool = False) -> tuple[sa.Column[str], sa.Column[datetime]]:
    """Build the columns `run`, for the id of the pipeline run that added a row, and `at`, for the time; `index` says
    whether to index the time.
    """
    return sa.Column("run", sa.String(64), nullable=False), when_column(index=index)


def _table(name: str, *columns: SchemaItem) -> sa.Table:
    return sa.Table(name, metadata, *columns)


def _log(name: str, *columns: SchemaItem) -> sa.Table:
    """A table whose rows are numbered in the order in which they were added, by the column `id`."""
    return _table(name, sa.Column("id", sa.Integer, primary_key=True), *columns)


def _summary_columns() -> tuple[SchemaItem, ...]:
    return (
        sa.Column("summary_ja", sa.Text, nullable=False),
        sa.Column("categories_ja", sa.JSON, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("violations", sa.JSON, nullable=False),
        sa.Column("prompt", sa.String(64), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("verification", sa.JSON(none_as_null=True)),
        sa.Column("fields", sa.JSON, nullable=False),
    )


runs = _log(
    "runs",
    sa.Column("run", sa.String(64), nullable=False, index=True),
    sa.Column("started", Moment, nullable=False),
    sa.Column("finished", Moment),
    sa.Column("report", sa.JSON),
)

feed_readings = _log(
    "feed_readings",
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("new", sa.Integer, nullable=False),
    sa.Column("revised", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    *stamp_columns(index=True),
)

day_spans = _log(
    "day_spans",
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("last", sa.Date, nullable=False),
    sa.Column("newest", sa.String(128)),
    sa.Column("oldest", sa.String(128)),
    sa.Column("role", sa.String(16), nullable=False),
    *stamp_columns(),
)

harvests = _log(
    "harvests",
    sa.Column("name", sa.String(255), nullable=False, index=True),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("reached", Moment, nullable=False),
    *stamp_columns(),
)

feed_memories = _table(
    "feed_memories",
    sa.Column("feed", sa.String(64), primary_key=True),
    sa.Column("watched_by", sa.String(64), nullable=False),
    sa.Column("seen", sa.JSON, nullable=False),
    sa.Column("skipped", sa.JSON, nullable=False),
    sa.Column("newest", sa.Date),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("modified", sa.Text, nullable=False),
    sa.Column("read_at", Moment, nullable=False),
    *stamp_columns(),
)

paper_keys = _table(
    "paper_keys",
    sa.Column("paper", sa.String(128), primary_key=True),
    sa.Column("key", sa.String(128), primary_key=True, index=True),
)

paper_versions = _log(
    "paper_versions",
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

announcements = _log(
    "announcements",
    sa.Column("paper_version", sa.ForeignKey("paper_versions.id"), nullable=False),
    sa.Column("announce_type", sa.String(16), nullable=False),
    sa.Column("feed", sa.Text, nullable=False),
    sa.Column("announced_on", sa.Date),
    sa.Column("anomalies", sa.JSON, nullable=False),
    *stamp_columns(index=True),
    sa.UniqueConstraint("paper_version", "announce_type"),
)

candidates = _table(
    "candidates",
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("topic", sa.String(64), nullable=False),
    sa.Column("paper", sa.String(128), nullable=False, index=True),
    sa.Column("announcement", sa.ForeignKey("announcements.id"), nullable=False),
    # No fact, but a mark for the partial index: False where no stage before the desk will ask for it again, by the facts.
    # Every run clears it where it can, a nomination sets it again. Without it, finding what waits grows with all candidates there ever
    # were: 7.8 ms instead of 0.4 for a topic's batches after a year of 50 topics. Where it is True needlessly, the
    # queries give the same.
    sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
    *stamp_columns(),
    sa.UniqueConstraint("topic", "paper"),
    sa.Index("ix_candidates_active", "topic", "number"),  # of those that are active
)


@sa.event.listens_for(candidates, "before_create")
def _index_active_ones(table: sa.Table, connection: sa.Connection, **_: Any) -> None:
    """Make the index partial. SQLAlchemy loads a dialect to check an option of it: here, only the one that is used."""
    (index,) = (one for one in table.indexes if one.name == "ix_candidates_active")
    where = "is_active = 1" if connection.dialect.name == "sqlite" else "is_active"
    index.dialect_options[connection.dialect.name]["where"] = sa.text(where)


screenings = _table(
    "screenings",
    candidate_column(primary=True),
    sa.Column("passed", sa.Boolean, nullable=False),
    sa.Column("groups", sa.JSON, nullable=False),
    sa.Column("keywords", sa.JSON, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("probability", sa.Float),
    sa.Column("rule", sa.String(64), nullable=False),
    sa.Column("threshold", sa.Float),
    sa.Column("prefilter", sa.String(64), nullable=False, server_default=""),
    sa.Column("triage", sa.Boolean, nullable=False, server_default=sa.false()),
    *stamp_columns(),
)

nominations = _table(
    "nominations",
    candidate_column(primary=True),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    *stamp_columns(),
)

notices = _log(
    "notices",
    sa.Column("paper", sa.String(128), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    *stamp_columns(),
    sa.UniqueConstraint("paper", "version", "kind"),
)

batches = _table(
    "batches",
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("topic", sa.String(64), nullable=False),
    when_column(),
)

assignments = _table(
    "assignments",
    candidate_column(primary=True),
    sa.Column("batch", sa.ForeignKey("batches.number"), nullable=False, index=True),
)

triage_batches = _table(
    "triage_batches",
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("topic", sa.String(64), nullable=False),
    sa.Column("parent", sa.ForeignKey("triage_batches.number")),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("plants", sa.JSON, nullable=False),
    *stamp_columns(index=True),
)

# A paper may stand in several: in a batch, in a half of it, and again in another run.
triage_assignments = _table(
    "triage_assignments",
    sa.Column("batch", sa.ForeignKey("triage_batches.number"), primary_key=True),
    sa.Column("candidate", sa.ForeignKey("candidates.number"), primary_key=True, index=True),
)

# What became of a batch; one without a row here is open.
triage_readings = _table(
    "triage_readings",
    sa.Column("batch", sa.ForeignKey("triage_batches.number"), primary_key=True),
    sa.Column("accepted", sa.Boolean, nullable=False),
    sa.Column("missed", sa.JSON, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("prompt", sa.String(64), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    *stamp_columns(),
)

triages = _table(
    "triages",
    candidate_column(primary=True),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("goes_on", sa.Boolean, nullable=False),
    sa.Column("batch", sa.ForeignKey("triage_batches.number")),
    sa.Column("prompt", sa.String(64), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("asked", sa.Text, nullable=False),
    *stamp_columns(index=True),
)

# A run in which no answer about a paper was accepted.
triage_unread = _table(
    "triage_unread",
    candidate_column(primary=True),
    sa.Column("run", sa.String(64), primary_key=True),
    sa.Column("batch", sa.ForeignKey("triage_batches.number"), nullable=False),
    when_column(),
)

replies = _table(
    "replies",
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

relevances = _table(
    "relevances",
    candidate_column(primary=True),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("criterion", sa.String(8), nullable=False),
    sa.Column("reason_ja", sa.Text, nullable=False),
    sa.Column("relevant", sa.Boolean, nullable=False),
    sa.Column("threshold", sa.Integer, nullable=False),
    sa.Column("prompt", sa.String(64), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("asked", sa.Text, nullable=False, server_default=""),
    sa.Column("label", sa.Text, nullable=False, server_default=""),
    *stamp_columns(index=True),
)

summaries = _table(
    "summaries",
    candidate_column(primary=True),
    *_summary_columns(),
    *stamp_columns(index=True),
)

outbox = _table(
    "outbox",
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("desk", sa.String(64), nullable=False),
    sa.Column("intended", Moment, nullable=False),
    sa.Column("ref", sa.Text),
    sa.Column("sent", Moment),
)

failures = _log(
    "failures",
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("candidate", sa.ForeignKey("candidates.number"), index=True),
    sa.Column("topic", sa.String(64)),
    sa.Column("error", sa.Text, nullable=False),
    *stamp_columns(),
    sa.Index("ix_failures_stage", "stage", "candidate"),
)

digests = _table(
    "digests",
    sa.Column("topic", sa.String(64), primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("ref", sa.Text, nullable=False),
    when_column(),
)

abilities = _table(
    "abilities",
    sa.Column("base_url", sa.String(512), primary_key=True),
    sa.Column("model", sa.String(255), primary_key=True),
    sa.Column("manner", sa.JSON, nullable=False),
    when_column(),
)


# What people chose to see; rows are replaced, since a choice of display is no fact.
preferences = _table(
    "preferences",
    sa.Column("person", sa.String(128), primary_key=True),
    sa.Column("choices", sa.JSON, nullable=False),
)

# Sessions of the web desk that were signed out, by a hash of their id, until their cookies are too old anyway.
ended_sessions = _table(
    "ended_sessions",
    sa.Column("session", sa.String(64), primary_key=True),
    when_column(),
)

# Workspaces that let the bot in, their contents encrypted, and installations under way; no facts of the line.
installations = _table(
    "installations",
    sa.Column("team", sa.String(64), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    when_column(),
)

installing = _table(
    "installing",
    sa.Column("state", sa.String(64), primary_key=True),
    sa.Column("expires", Moment, nullable=False),
)

# Whose turn it is at a service; rows are replaced, since a turn is no fact.
throttles = _table(
    "throttles",
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("free_at", sa.Double, nullable=False),
    sa.Column("holder", sa.String(32), nullable=False),
)


decisions = _log(
    "decisions",
    candidate_column(),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("needed", sa.Integer, nullable=False, server_default="1"),
    sa.Column("until", sa.Date),
    sa.Column("sweep", sa.String(255), nullable=False, server_default="", index=True),
    when_column(),
)

# What was last seen of (card, person, emoji): of several rows the newest. `decision` is what the reaction decided.
reactions = _log(
    "reactions",
    candidate_column(),
    sa.Column("desk", sa.String(64), nullable=False),
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("emoji", sa.String(128), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("present", sa.Boolean, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False, index=True),
    sa.Column("decision", sa.ForeignKey("decisions.id")),
    sa.Column("stamp", sa.Double, nullable=False),
    when_column(),
)

revisions = _log(
    "revisions",
    candidate_column(),
    sa.Column("cell", sa.String(32), nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    when_column(),
)

rewrites = _log(
    "rewrites",
    candidate_column(),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    when_column(),
)

rewritten_summaries = _log(
    "rewritten_summaries",
    candidate_column(),
    sa.Column("rewrite", sa.ForeignKey("rewrites.id"), nullable=False, unique=True),
    *_summary_columns(),
    *stamp_columns(),
)

failed_rewrites = _log(
    "failed_rewrites",
    candidate_column(),
    sa.Column("rewrite", sa.ForeignKey("rewrites.id"), nullable=False),
    sa.Column("cause", sa.String(16), nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    *stamp_columns(),
)

cards = _table(
    "cards",
    candidate_column(primary=True),
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("below", sa.Text, nullable=False, server_default=""),
    *stamp_columns(index=True),
)

# How many replies people wrote in the thread of a card; its rows are replaced, since it describes the outside.
discussions = _table(
    "discussions",
    candidate_column(primary=True),
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("replies", sa.Integer, nullable=False),
    when_column(),
)

# What a desk shows now; its rows are replaced, since it describes the outside and is no fact.
shown_etags = _table(
    "shown_etags",
    candidate_column(primary=True),
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("etag", sa.String(64), nullable=False),
)

catalog_rows = _log(
    "catalog_rows",
    candidate_column(),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("commit_id", sa.String(64), nullable=False),
    when_column(),
)


audit_samples = _table(
    "audit_samples",
    candidate_column(primary=True),
    sa.Column("week", sa.String(8), nullable=False, index=True),
    sa.Column("stratum", sa.String(16), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("chance", sa.Float, nullable=False),
    *stamp_columns(),
)

audit_lines = _table(
    "audit_lines",
    candidate_column(primary=True),
    sa.Column("line_ja", sa.Text, nullable=False),
    sa.Column("prompt", sa.String(64), nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    *stamp_columns(),
)

audit_answers = _log(
    "audit_answers",
    candidate_column(),
    sa.Column("belongs", sa.Boolean, nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    when_column(),
)

# Where a paper of the sample stands at a desk and how many answers it shows there; its rows are replaced, since it
# describes the outside and is no fact.
audit_cards = _table(
    "audit_cards",
    candidate_column(primary=True),
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("answers", sa.Integer, nullable=False),
)


# A message from the worker that did a job to the one that runs the line: taken away when it is read.
job_results = _table(
    "job_results",
    sa.Column("job", sa.String(255), primary_key=True),
    sa.Column("result", sa.JSON, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# One row a limit: when, in seconds of the database's clock, everything let through so far will have had its time.
rate_limits = _table(
    "rate_limits",
    sa.Column("name", sa.String(255), primary_key=True),
    sa.Column("full_at", sa.Double, nullable=False),
)

# Until when something that failed is left in peace, and how often on end it did.
backoffs = _table(
    "backoffs",
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("until", Moment, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
)

# Which copy of a catalog rows are written to, by a mark that is kept beside the file.
catalog_owners = _table(
    "catalog_owners",
    sa.Column("catalog", sa.Text, primary_key=True),
    sa.Column("mark", sa.String(32), nullable=False),
    sa.Column("at", Moment, nullable=False),
)


# Reserved before a call, settled after it. One that was never settled may have been billed, and counts in full.
spendings = _table(
    "spendings",
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False, index=True),
    sa.Column("tokens", sa.BigInteger, nullable=False),
    sa.Column("usd", sa.Double, nullable=False),
    sa.Column("settled", sa.Boolean, nullable=False),
)


proposals = _table(
    "proposals",
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("card", sa.Integer, nullable=False, index=True),
    sa.Column("row", sa.Text, nullable=False, index=True),
    sa.Column("paper", sa.String(128)),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("true_title", sa.Text, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("cell", sa.String(32), nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text),
    sa.Column("cells", sa.JSON),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("field", sa.String(64), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    *stamp_columns(),
)


def _proposal_column(*, primary: bool = False) -> sa.Column[int]:
    return sa.Column(
        "proposal", sa.ForeignKey("proposals.number"), nullable=False, primary_key=primary, index=not primary
    )


proposal_decisions = _log(
    "proposal_decisions",
    _proposal_column(),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    when_column(),
)

proposal_outcomes = _table(
    "proposal_outcomes",
    _proposal_column(primary=True),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("commit_id", sa.String(64), nullable=False),
    when_column(),
)

proposal_failures = _log(
    "proposal_failures",
    _proposal_column(),
    sa.Column("error", sa.Text, nullable=False),
    *stamp_columns(),
)

# Where a desk shows a row's proposals, and how they looked; its rows are replaced, since it describes the outside.
proposal_cards = _table(
    "proposal_cards",
    sa.Column("card", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("desk", sa.String(64), primary_key=True),
    sa.Column("ref", sa.Text, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    when_column(),
)


signals = _log(
    "signals",
    sa.Column("paper", sa.String(128), nullable=False, index=True),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("citations", sa.Integer),
    sa.Column("upvotes", sa.Integer),
    sa.Column("stars", sa.Integer),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("doi", sa.Text, nullable=False),
    sa.Column("claims", sa.JSON, nullable=False),
    when_column(),
)

# State: requests to services that give facts about papers. One without an answer failed, or the process ended before it came.
service_requests = _log(
    "service_requests",
    sa.Column("service", sa.String(64), nullable=False),
    sa.Column("purpose", sa.String(128), nullable=False),
    sa.Column("request", sa.String(64), nullable=False, index=True),
    sa.Column("answer", sa.LargeBinary),
    when_column(index=True),
)

# That a paper cites rows of a topic's catalog, as a service says; `row_number` is 0 where the catalog numbers no rows.
citations = _log(
    "citations",
    sa.Column("topic", sa.String(64), nullable=False),
    sa.Column("paper", sa.String(128), nullable=False, index=True),
    sa.Column("cited", sa.String(128), nullable=False),
    sa.Column("row_number", sa.Integer, nullable=False),
    sa.Column("row_title", sa.Text, nullable=False),
    sa.Column("service", sa.String(64), nullable=False),
    *stamp_columns(),
    sa.UniqueConstraint("topic", "paper", "cited"),
)

# What a service answered when it was asked once in a week which papers cite a topic's catalog.
citation_searches = _log(
    "citation_searches",
    sa.Column("topic", sa.String(64), nullable=False),
    sa.Column("week", sa.String(16), nullable=False, index=True),
    sa.Column("service", sa.String(64), nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("papers", sa.Integer, nullable=False),
    sa.Column("requests", sa.Integer, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    *stamp_columns(),
)

enrichments = _table(
    "enrichments",
    candidate_column(primary=True),
    sa.Column("enriched_venue", sa.Text, nullable=False),
    sa.Column("enriched_attention", sa.Text, nullable=False),
    sa.Column("enriched_by", sa.JSON, nullable=False),
    *stamp_columns(),
)


alarms = _log(
    "alarms",
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    when_column(),
)


pushes = _log(
    "pushes",
    sa.Column("catalog", sa.Text, nullable=False),
    sa.Column("commit_id", sa.String(64), nullable=False),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("trouble", sa.Text, nullable=False),
    *stamp_columns(),
)

# `round` counts how often a curator had the model asked once more by then: each begins the count of failures anew.
lone_failures = _log(
    "lone_failures",
    candidate_column(),
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("cause", sa.String(16), nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("prompt", sa.String(64), nullable=False),
    sa.Column("asked", sa.Text, nullable=False),
    *stamp_columns(),
    sa.UniqueConstraint("candidate", "stage", "round", "run"),
)

handovers = _log(
    "handovers",
    candidate_column(),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("stage", sa.String(32), nullable=False),
    sa.Column("cause", sa.String(16), nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    *stamp_columns(index=True),
    sa.UniqueConstraint("candidate", "round"),
)

retries = _log(
    "retries",
    candidate_column(),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("curator", sa.Text, nullable=False),
    sa.Column("desk", sa.String(64), nullable=False),
    when_column(),
    sa.UniqueConstraint("candidate", "round"),
)
