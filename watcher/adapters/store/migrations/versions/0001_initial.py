"""Alembic migration that creates all tables of the first release."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001_initial"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create all tables of the first release."""
    _runs_and_feeds()
    _papers()
    _screening()
    _triage()
    _judging()
    _handing_over()
    _models()
    _services()
    _desk()
    _curating()
    _rows()
    _proposals()
    _proposals_at_desks()
    _audit()
    _processes()
    _people()


def downgrade() -> None:
    """Drop all tables of the first release."""
    for name in reversed(_TABLES):
        op.drop_table(name)


def _candidate(*, primary: bool = False) -> sa.Column[int]:
    return sa.Column(
        "candidate",
        sa.Integer,
        sa.ForeignKey("candidates.number"),
        nullable=False,
        primary_key=primary,
        index=not primary,
    )


def _at(*, index: bool = False) -> sa.Column[datetime]:
    return sa.Column("at", _MOMENT, nullable=False, index=index)


def _run() -> sa.Column[str]:
    return sa.Column("run", sa.String(64), nullable=False)


def _runs_and_feeds() -> None:
    """Runs, and what they read."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run", sa.String(64), nullable=False, index=True),
        sa.Column("started", _MOMENT, nullable=False),
        sa.Column("finished", _MOMENT),
        sa.Column("report", sa.JSON),
    )
    op.create_table(
        "feed_readings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("new", sa.Integer, nullable=False),
        sa.Column("revised", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        _run(),
        _at(index=True),
    )
    op.create_table(
        "day_spans",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        sa.Column("newest", sa.String(128)),
        sa.Column("oldest", sa.String(128)),
        sa.Column("role", sa.String(16), nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "harvests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(255), nullable=False, index=True),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("reached", _MOMENT, nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "feed_memories",
        sa.Column("feed", sa.String(64), primary_key=True),
        sa.Column("watched_by", sa.String(64), nullable=False),
        sa.Column("seen", sa.JSON, nullable=False),
        sa.Column("skipped", sa.JSON, nullable=False),
        sa.Column("newest", sa.Date),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("modified", sa.Text, nullable=False),
        sa.Column("read_at", _MOMENT, nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "paper_keys",
        sa.Column("paper", sa.String(128), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True, index=True),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("paper", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        _run(),
        _at(),
        sa.UniqueConstraint("paper", "version", "kind"),
    )


def _papers() -> None:
    """Papers, where they were announced, and the candidates they are."""
    op.create_table(
        "paper_versions",
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
    op.create_table(
        "announcements",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("paper_version", sa.Integer, sa.ForeignKey("paper_versions.id"), nullable=False),
        sa.Column("announce_type", sa.String(16), nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("announced_on", sa.Date),
        sa.Column("anomalies", sa.JSON, nullable=False),
        _run(),
        _at(index=True),
        sa.UniqueConstraint("paper_version", "announce_type"),
    )
    op.create_table(
        "candidates",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("paper", sa.String(128), nullable=False, index=True),
        sa.Column("announcement", sa.Integer, sa.ForeignKey("announcements.id"), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
        _run(),
        _at(),
        sa.UniqueConstraint("topic", "paper"),
    )
    op.create_index(
        "ix_candidates_active",
        "candidates",
        ["topic", "number"],
        sqlite_where=sa.text("is_active = 1"),
        postgresql_where=sa.text("is_active"),
    )


def _screening() -> None:
    """What was screened out and what was put forward by hand."""
    op.create_table(
        "screenings",
        _candidate(primary=True),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("groups", sa.JSON, nullable=False),
        sa.Column("keywords", sa.JSON, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("probability", sa.Float),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("threshold", sa.Float),
        sa.Column("prefilter", sa.String(64), nullable=False, server_default=""),
        sa.Column("triage", sa.Boolean, nullable=False, server_default=sa.false()),
        _run(),
        _at(),
    )
    op.create_table(
        "nominations",
        _candidate(primary=True),
        sa.Column("curator", sa.Text, nullable=False),
        sa.Column("desk", sa.String(64), nullable=False),
        _run(),
        _at(),
    )


def _triage() -> None:
    """What models said of papers that did not pass, a line each."""
    op.create_table(
        "triage_batches",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("parent", sa.Integer, sa.ForeignKey("triage_batches.number")),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("plants", sa.JSON, nullable=False),
        _run(),
        _at(index=True),
    )
    op.create_table(
        "triage_assignments",
        sa.Column("batch", sa.Integer, sa.ForeignKey("triage_batches.number"), primary_key=True),
        sa.Column("candidate", sa.Integer, sa.ForeignKey("candidates.number"), primary_key=True, index=True),
    )
    op.create_table(
        "triage_readings",
        sa.Column("batch", sa.Integer, sa.ForeignKey("triage_batches.number"), primary_key=True),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("missed", sa.JSON, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("prompt", sa.String(64), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "triages",
        _candidate(primary=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("goes_on", sa.Boolean, nullable=False),
        sa.Column("batch", sa.Integer, sa.ForeignKey("triage_batches.number")),
        sa.Column("prompt", sa.String(64), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        _run(),
        _at(index=True),
    )
    op.create_table(
        "triage_unread",
        _candidate(primary=True),
        sa.Column("run", sa.String(64), primary_key=True),
        sa.Column("batch", sa.Integer, sa.ForeignKey("triage_batches.number"), nullable=False),
        _at(),
    )


def _judging() -> None:
    """What models said of candidates, and what failed."""
    op.create_table(
        "batches",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("topic", sa.String(64), nullable=False),
        _at(),
    )
    op.create_table(
        "assignments",
        _candidate(primary=True),
        sa.Column("batch", sa.Integer, sa.ForeignKey("batches.number"), nullable=False, index=True),
    )
    op.create_table(
        "relevances",
        _candidate(primary=True),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("criterion", sa.String(8), nullable=False),
        sa.Column("reason_ja", sa.Text, nullable=False),
        sa.Column("relevant", sa.Boolean, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("prompt", sa.String(64), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False, server_default=""),
        sa.Column("label", sa.Text, nullable=False, server_default=""),
        _run(),
        _at(index=True),
    )
    op.create_table(
        "summaries",
        _candidate(primary=True),
        sa.Column("summary_ja", sa.Text, nullable=False),
        sa.Column("categories_ja", sa.JSON, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("violations", sa.JSON, nullable=False),
        sa.Column("prompt", sa.String(64), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("verification", sa.JSON(none_as_null=True)),
        sa.Column("fields", sa.JSON, nullable=False),
        _run(),
        _at(index=True),
    )
    op.create_table(
        "failures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("candidate", sa.Integer, sa.ForeignKey("candidates.number"), index=True),
        sa.Column("topic", sa.String(64)),
        sa.Column("error", sa.Text, nullable=False),
        _run(),
        _at(),
    )
    op.create_index("ix_failures_stage", "failures", ["stage", "candidate"])


def _handing_over() -> None:
    """What no model answers about, and curators got instead."""
    op.create_table(
        "lone_failures",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("prompt", sa.String(64), nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        _run(),
        _at(),
        sa.UniqueConstraint("candidate", "stage", "round", "run"),
    )
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        _run(),
        _at(index=True),
        sa.UniqueConstraint("candidate", "round"),
    )
    op.create_table(
        "retries",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("curator", sa.Text, nullable=False),
        sa.Column("desk", sa.String(64), nullable=False),
        _at(),
        sa.UniqueConstraint("candidate", "round"),
    )


def _models() -> None:
    """What was asked of models, and what it took."""
    op.create_table(
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
        _at(index=True),
    )
    op.create_table(
        "abilities",
        sa.Column("base_url", sa.String(512), primary_key=True),
        sa.Column("model", sa.String(255), primary_key=True),
        sa.Column("manner", sa.JSON, nullable=False),
        _at(),
    )
    op.create_table(
        "spendings",
        sa.Column("number", sa.Integer, primary_key=True),
        _at(index=True),
        sa.Column("tokens", sa.BigInteger, nullable=False),
        sa.Column("usd", sa.Double, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
    )


def _services() -> None:
    """What services said of papers."""
    op.create_table(
        "signals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("paper", sa.String(128), nullable=False, index=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("citations", sa.Integer),
        sa.Column("upvotes", sa.Integer),
        sa.Column("stars", sa.Integer),
        sa.Column("repository", sa.Text, nullable=False),
        sa.Column("doi", sa.Text, nullable=False),
        sa.Column("claims", sa.JSON, nullable=False),
        _at(),
    )
    op.create_table(
        "service_requests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(128), nullable=False),
        sa.Column("request", sa.String(64), nullable=False, index=True),
        sa.Column("answer", sa.LargeBinary),
        _at(index=True),
    )
    op.create_table(
        "citations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("paper", sa.String(128), nullable=False, index=True),
        sa.Column("cited", sa.String(128), nullable=False),
        sa.Column("row_number", sa.Integer, nullable=False),
        sa.Column("row_title", sa.Text, nullable=False),
        sa.Column("service", sa.String(64), nullable=False),
        _run(),
        _at(),
        sa.UniqueConstraint("topic", "paper", "cited"),
    )
    op.create_table(
        "citation_searches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("week", sa.String(16), nullable=False, index=True),
        sa.Column("service", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("papers", sa.Integer, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "enrichments",
        _candidate(primary=True),
        sa.Column("enriched_venue", sa.Text, nullable=False),
        sa.Column("enriched_attention", sa.Text, nullable=False),
        sa.Column("enriched_by", sa.JSON, nullable=False),
        _run(),
        _at(),
    )


def _desk() -> None:
    """What desks show, and what was pushed."""
    op.create_table(
        "outbox",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("desk", sa.String(64), nullable=False),
        sa.Column("intended", _MOMENT, nullable=False),
        sa.Column("ref", sa.Text),
        sa.Column("sent", _MOMENT),
    )
    op.create_table(
        "digests",
        sa.Column("topic", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("ref", sa.Text, nullable=False),
        _at(),
    )
    op.create_table(
        "cards",
        _candidate(primary=True),
        sa.Column("desk", sa.String(64), primary_key=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("below", sa.Text, nullable=False, server_default=""),
        _run(),
        _at(index=True),
    )
    op.create_table(
        "discussions",
        _candidate(primary=True),
        sa.Column("desk", sa.String(64), primary_key=True),
        sa.Column("replies", sa.Integer, nullable=False),
        _at(),
    )
    op.create_table(
        "shown_etags",
        _candidate(primary=True),
        sa.Column("desk", sa.String(64), primary_key=True),
        sa.Column("etag", sa.String(64), nullable=False),
    )
    op.create_table(
        "pushes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("catalog", sa.Text, nullable=False),
        sa.Column("commit_id", sa.String(64), nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        _run(),
        _at(),
    )


def _curating() -> None:
    """What curators decided, by buttons or reactions."""
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("curator", sa.Text, nullable=False),
        sa.Column("desk", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("needed", sa.Integer, nullable=False, server_default="1"),
        sa.Column("until", sa.Date),
        sa.Column("sweep", sa.String(255), nullable=False, server_default="", index=True),
        _at(),
    )
    op.create_table(
        "reactions",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("desk", sa.String(64), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("curator", sa.Text, nullable=False),
        sa.Column("emoji", sa.String(128), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("present", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False, index=True),
        sa.Column("decision", sa.Integer, sa.ForeignKey("decisions.id")),
        sa.Column("stamp", sa.Double, nullable=False),
        _at(),
    )


def _rows() -> None:
    """Cells that curators changed or had written again, and the rows of the catalog."""
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("cell", sa.String(32), nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("curator", sa.Text, nullable=False),
        _at(),
    )
    op.create_table(
        "rewrites",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("curator", sa.Text, nullable=False),
        sa.Column("desk", sa.String(64), nullable=False),
        _at(),
    )
    op.create_table(
        "rewritten_summaries",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("rewrite", sa.Integer, sa.ForeignKey("rewrites.id"), nullable=False, unique=True),
        sa.Column("summary_ja", sa.Text, nullable=False),
        sa.Column("categories_ja", sa.JSON, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("violations", sa.JSON, nullable=False),
        sa.Column("prompt", sa.String(64), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("verification", sa.JSON(none_as_null=True)),
        sa.Column("fields", sa.JSON, nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "failed_rewrites",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("rewrite", sa.Integer, sa.ForeignKey("rewrites.id"), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "catalog_rows",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("row_number", sa.Integer, nullable=False),
        sa.Column("commit_id", sa.String(64), nullable=False),
        _at(),
    )


def _proposals() -> None:
    """Proposals of changes to rows."""
    op.create_table(
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
        _run(),
        _at(),
    )


def _proposals_at_desks() -> None:
    """Where proposals are shown, and what became of them."""
    op.create_table(
        "proposal_decisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("proposal", sa.Integer, sa.ForeignKey("proposals.number"), nullable=False, index=True),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("curator", sa.Text, nullable=False),
        sa.Column("desk", sa.String(64), nullable=False),
        _at(),
    )
    op.create_table(
        "proposal_outcomes",
        sa.Column("proposal", sa.Integer, sa.ForeignKey("proposals.number"), primary_key=True),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("commit_id", sa.String(64), nullable=False),
        _at(),
    )
    op.create_table(
        "proposal_failures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("proposal", sa.Integer, sa.ForeignKey("proposals.number"), nullable=False, index=True),
        sa.Column("error", sa.Text, nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "proposal_cards",
        sa.Column("card", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("desk", sa.String(64), primary_key=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        _at(),
    )


def _audit() -> None:
    """The audit of what is screened out."""
    op.create_table(
        "audit_samples",
        _candidate(primary=True),
        sa.Column("week", sa.String(8), nullable=False, index=True),
        sa.Column("stratum", sa.String(16), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("chance", sa.Float, nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "audit_lines",
        _candidate(primary=True),
        sa.Column("line_ja", sa.Text, nullable=False),
        sa.Column("prompt", sa.String(64), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        _run(),
        _at(),
    )
    op.create_table(
        "audit_answers",
        sa.Column("id", sa.Integer, primary_key=True),
        _candidate(),
        sa.Column("belongs", sa.Boolean, nullable=False),
        sa.Column("curator", sa.Text, nullable=False),
        sa.Column("desk", sa.String(64), nullable=False),
        _at(),
    )
    op.create_table(
        "audit_cards",
        _candidate(primary=True),
        sa.Column("desk", sa.String(64), primary_key=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("answers", sa.Integer, nullable=False),
    )


def _processes() -> None:
    """What processes tell each other."""
    op.create_table(
        "throttles",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("free_at", sa.Double, nullable=False),
        sa.Column("holder", sa.String(32), nullable=False),
    )
    op.create_table(
        "rate_limits",
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("full_at", sa.Double, nullable=False),
    )
    op.create_table(
        "job_results",
        sa.Column("job", sa.String(255), primary_key=True),
        sa.Column("result", sa.JSON, nullable=False),
        _at(),
    )
    op.create_table(
        "backoffs",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
    )
    op.create_table(
        "catalog_owners",
        sa.Column("catalog", sa.Text, primary_key=True),
        sa.Column("mark", sa.String(32), nullable=False),
        _at(),
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        _at(),
    )


def _people() -> None:
    """What belongs to people and workspaces."""
    op.create_table(
        "preferences",
        sa.Column("person", sa.String(128), primary_key=True),
        sa.Column("choices", sa.JSON, nullable=False),
    )
    op.create_table(
        "ended_sessions",
        sa.Column("session", sa.String(64), primary_key=True),
        _at(),
    )
    op.create_table(
        "installations",
        sa.Column("team", sa.String(64), primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        _at(),
    )
    op.create_table(
        "installing",
        sa.Column("state", sa.String(64), primary_key=True),
        sa.Column("expires", _MOMENT, nullable=False),
    )


_TABLES = (
    "runs",
    "feed_readings",
    "day_spans",
    "harvests",
    "feed_memories",
    "paper_keys",
    "notices",
    "paper_versions",
    "announcements",
    "candidates",
    "screenings",
    "nominations",
    "triage_batches",
    "triage_assignments",
    "triage_readings",
    "triages",
    "triage_unread",
    "batches",
    "assignments",
    "relevances",
    "summaries",
    "failures",
    "lone_failures",
    "handovers",
    "retries",
    "replies",
    "abilities",
    "spendings",
    "signals",
    "service_requests",
    "citations",
    "citation_searches",
    "enrichments",
    "outbox",
    "digests",
    "cards",
    "discussions",
    "shown_etags",
    "pushes",
    "decisions",
    "reactions",
    "revisions",
    "rewrites",
    "rewritten_summaries",
    "failed_rewrites",
    "catalog_rows",
    "proposals",
    "proposal_decisions",
    "proposal_outcomes",
    "proposal_failures",
    "proposal_cards",
    "audit_samples",
    "audit_lines",
    "audit_answers",
    "audit_cards",
    "throttles",
    "rate_limits",
    "job_results",
    "backoffs",
    "catalog_owners",
    "alarms",
    "preferences",
    "ended_sessions",
    "installations",
    "installing",
)
