"""What the classes for single subjects share: the query for a candidate, SQL conditions that say what was decided or
failed about it, and conversions of database rows to domain values and back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.tables import audit_answers, handovers, lone_failures, retries, triages
from watcher.domain.budget import Cap, Usage
from watcher.domain.curation.card import Borderline, Decided, Digest, Swept
from watcher.domain.curation.verdicts import standing
from watcher.domain.facts import (
    Candidate,
    Decision,
    Fault,
    Nomination,
    Notice,
    NoticeKind,
    Relevance,
    Revision,
    Screening,
    SentenceVerdict,
    Summary,
    Verdict,
    Verification,
    Violation,
)
from watcher.domain.papers.citations import FEED, CitedRow
from watcher.domain.papers.feeds import FeedReport, SourceState
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId
from watcher.ports import RunReport

_SEPARATE = {"id", "version"}


def paper_values(paper: Paper) -> dict[str, Any]:
    """Convert a paper version to the column values of a `paper_versions` row."""
    values = {f.name: getattr(paper, f.name) for f in dataclasses.fields(Paper) if f.name not in _SEPARATE}
    values.update(
        paper=str(paper.id), version=paper.version, authors=list(paper.authors), categories=list(paper.categories)
    )
    return values


def paper(row: sa.Row[Any]) -> Paper:
    """Convert a `paper_versions` row to a paper version."""
    return Paper(
        id=PaperId.from_key(row.paper),
        version=row.version,
        title_raw=row.title_raw,
        abstract_raw=row.abstract_raw,
        authors_raw=row.authors_raw,
        title=row.title,
        abstract=row.abstract,
        authors=tuple(row.authors),
        categories=tuple(row.categories),
        url=row.url,
        published=row.published,
        doi=row.doi,
        journal_ref=row.journal_ref,
        comment=row.comment,
        license=row.license,
    )


CANDIDATE = (
    sa.select(
        t.candidates.c.number,
        t.candidates.c.topic,
        t.candidates.c.at.label("announced_at"),
        t.announcements.c.announce_type,
        t.announcements.c.anomalies,
        t.nominations.c.curator.label("nominated_by"),
        t.nominations.c.desk.label("nominated_at_desk"),
        t.nominations.c.at.label("nominated_at"),
        *[column for column in t.paper_versions.c if column.name != "id"],
    )
    .join(t.announcements, t.announcements.c.id == t.candidates.c.announcement)
    .join(t.paper_versions, t.paper_versions.c.id == t.announcements.c.paper_version)
    .outerjoin(t.nominations, t.nominations.c.candidate == t.candidates.c.number)
)
"""Everything a Candidate is made of; queries add what else they need and their conditions."""


def hold(connection: sa.Connection, number: int) -> None:
    """Lock a candidate, by its number, against other writers until the transaction ends (SELECT … FOR UPDATE); on
    SQLite the write transaction has that effect itself.
    """
    connection.execute(sa.select(t.candidates.c.number).where(t.candidates.c.number == number).with_for_update())


def of_topics() -> sa.ColumnElement[bool]:
    """SQL condition that a candidate belongs to one of the topics in the bind parameter `topics`, for statements that
    are built once and run often.
    """
    return t.candidates.c.topic.in_(sa.bindparam("topics", expanding=True))


def candidate(row: sa.Row[Any]) -> Candidate:
    """Convert a row of the query CANDIDATE (candidate, announcement, paper version and nomination joined) to a
    Candidate.
    """
    return Candidate(
        number=row.number,
        topic=row.topic,
        paper=paper(row),
        announce_type=AnnounceType(row.announce_type),
        announced_at=row.announced_at,
        anomalies=tuple(row.anomalies),
        nomination=Nomination(row.nominated_by, row.nominated_at, row.nominated_at_desk) if row.nominated_by else None,
    )


def screening(row: sa.Row[Any]) -> Screening | None:
    """Convert a row with the columns of `screenings` to a Screening; None if the outer join found no screening."""
    if row.passed is None:
        return None
    return Screening(row.passed, tuple(row.groups), tuple(row.keywords), row.priority, row.probability, row.rule)


def relevance_or_none(row: sa.Row[Any]) -> Relevance | None:
    """Convert a row with the columns of `relevances` to a Relevance (the model's score); None if the outer join found
    no score.
    """
    return None if row.score is None else relevance(row)


def relevance(row: sa.Row[Any]) -> Relevance:
    """Convert a row with the columns of `relevances` to a Relevance (the model's score for a paper)."""
    return Relevance(
        row.score,
        row.criterion,
        row.reason_ja,
        row.relevant,
        row.threshold,
        row.prompt,
        row.model,
        row.asked,
        row.label,
    )


def summary(row: sa.Row[Any]) -> Summary | None:
    """Convert a row with the columns of `summaries` to a Summary; None if the outer join found no summary."""
    if row.summary_ja is None:
        return None
    return Summary(
        row.summary_ja,
        tuple(row.categories_ja),
        tuple(row.evidence),
        tuple(Violation(code, detail) for code, detail in row.violations),
        row.prompt,
        row.model,
        verification(row.verification),
        row.fields,
    )


def summary_values(written: Summary) -> dict[str, Any]:
    """Convert a summary to the column values of a `summaries` row."""
    return {**dataclasses.asdict(written), "violations": [[v.code, v.detail] for v in written.violations]}


def verification(content: dict[str, Any] | None) -> Verification | None:
    """Convert stored JSON values to a Verification (a model's verdicts on the sentences of a summary); None for None,
    if the summary was not verified.
    """
    if content is None:
        return None
    verdicts = (
        SentenceVerdict(**{**one, "fault": Fault(one["fault"]) if one["fault"] else None})
        for one in content["verdicts"]
    )
    return Verification(**{**content, "verdicts": tuple(verdicts), "planted": tuple(content["planted"])})


def decision(row: sa.Row[Any]) -> Decision:
    """Convert a row of the `decisions` table to a Decision of a curator."""
    return Decision(Verdict(row.verdict), row.curator, row.at, row.desk, row.reason, row.needed, row.until, row.sweep)


def revision(row: sa.Row[Any]) -> Revision:
    """Convert a row of the `revisions` table to a Revision (a curator's change of one cell)."""
    return Revision(row.cell, row.before, row.after, row.curator, row.at)


def digest_values(digest: Digest) -> dict[str, Any]:
    """Convert a digest (a topic's daily summary message) to JSON values for storing."""
    return {**dataclasses.asdict(digest), "day": digest.day.isoformat(), "unread": _days_as_text(digest.unread)}


def digest(content: dict[str, Any]) -> Digest:
    """Convert stored JSON values to a digest (a topic's daily summary message)."""
    return Digest(
        **{
            **content,
            "day": date.fromisoformat(content["day"]),
            "usage": Usage(**content["usage"]),
            "sources": tuple(_feed_report(source) for source in content["sources"]),
            "borderline": tuple(Borderline(**near) for near in content["borderline"]),
            "failures": tuple(content["failures"]),
            "decided": tuple(Decided(**one) for one in content.get("decided", ())),
            "found": tuple(Borderline(**one) for one in content.get("found", ())),
            "swept": Swept(**content["swept"]) if content.get("swept") else None,
            "notices": tuple(_notice(told) for told in content.get("notices", ())),
            "cap": _cap(content),
            "unread": _days(content),
        }
    )


def _notice(content: dict[str, Any]) -> Notice:
    return Notice(**{**content, "paper": PaperId(**content["paper"]), "kind": NoticeKind(content["kind"])})


def report_values(report: RunReport) -> dict[str, Any]:
    """Convert the report of a pipeline run to JSON values for storing."""
    return {
        **dataclasses.asdict(report),
        "started": report.started.isoformat(),
        "finished": report.finished.isoformat() if report.finished else None,
        "unread": _days_as_text(report.unread),
    }


def report(content: dict[str, Any]) -> RunReport:
    """Convert stored JSON values to the report of a pipeline run."""
    return RunReport(
        **{
            **content,
            "started": datetime.fromisoformat(content["started"]),
            "finished": datetime.fromisoformat(content["finished"]) if content["finished"] else None,
            "sources": tuple(_feed_report(source) for source in content["sources"]),
            "usage": Usage(**content["usage"]),
            "failures": tuple(content["failures"]),
            "cap": _cap(content),
            "unread": _days(content),
        }
    )


def _days_as_text(days: Sequence[date]) -> list[str]:
    return [day.isoformat() for day in days]


def _days(content: dict[str, Any]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(day) for day in content.get("unread", ()))


def _cap(content: dict[str, Any]) -> Cap | None:
    return Cap(content["cap"]) if content.get("cap") else None


def decisions_standing(
    connection: sa.Connection, topic: str, since: datetime | None, until: datetime | None = None
) -> list[Decision]:
    """Fetch the decisions on a topic's cards that were made after `since`, before `until`, and were not overruled by
    then.
    """
    c = t.decisions.c
    within = [c.at > since] if since else []
    within += [c.at < until] if until else []
    touched = sa.select(c.candidate).where(*within)
    query = (
        sa.select(c.candidate, c.verdict, c.curator, c.at, c.desk, c.reason, c.needed)
        .join(t.candidates, t.candidates.c.number == c.candidate)
        .where(t.candidates.c.topic == topic, c.candidate.in_(touched), *([c.at < until] if until else []))
        .order_by(c.id)
    )
    given: dict[int, list[Decision]] = {}
    for row in connection.execute(query):
        made = Decision(Verdict(row.verdict), row.curator, row.at, row.desk, row.reason, row.needed)
        given.setdefault(row.candidate, []).append(made)
    return [one for each in given.values() for one in standing(each) if since is None or one.at > since]


def feed_report(row: Any) -> FeedReport:
    """Convert a row of the `feed_readings` table to a FeedReport (the result of reading one feed)."""
    return FeedReport(row.feed, SourceState(row.state), row.entries, row.new, row.error, row.revised)


def _feed_report(content: dict[str, Any]) -> FeedReport:
    return FeedReport(**{**content, "state": SourceState(content["state"])})


def latest(table: sa.Table, *names: str) -> sa.Subquery:
    """Subquery for each candidate's newest row in an append-only table, with the columns `names`. It is written so that
    the database uses the index on candidates instead of scanning the table.
    """
    newer = table.alias()
    overtaken = sa.exists().where(newer.c.candidate == table.c.candidate, newer.c.id > table.c.id)
    return sa.select(table.c.candidate, *[table.c[name] for name in names]).where(~overtaken).subquery()


_BELONGS = (
    sa.select(audit_answers.c.belongs)
    .where(audit_answers.c.candidate == t.nominations.c.candidate)
    .order_by(audit_answers.c.id.desc())
    .limit(1)
    .correlate(t.nominations)
    .scalar_subquery()
)


BY_AUDIT = t.nominations.c.run.startswith("audit-")


NOMINATION_STANDS = sa.or_(sa.not_(BY_AUDIT), sa.func.coalesce(_BELONGS, sa.true()))
"""SQL condition that a nomination is in force; one made by an audit answer is so as long as that answer."""


NOMINATED = (
    sa.exists().where(t.nominations.c.candidate == t.candidates.c.number, NOMINATION_STANDS).correlate(t.candidates)
)
"""SQL condition that a candidate is nominated, so that screening and score do not stop it; for queries with
`candidates`.
"""


PICKED = sa.exists().where(triages.c.candidate == t.candidates.c.number, triages.c.goes_on).correlate(t.candidates)
"""SQL condition that triage sent a candidate to scoring; for queries with `candidates`."""


TO_SCORE = sa.or_(t.screenings.c.passed, NOMINATED, PICKED)
"""SQL condition that a candidate is to be scored, by screening, triage or nomination; for queries with `screenings`
too.
"""


UNTRIAGED = sa.and_(
    t.candidates.c.is_active,
    sa.not_(t.screenings.c.passed),
    t.screenings.c.triage,
    sa.not_(NOMINATED),
    sa.not_(sa.exists().where(triages.c.candidate == t.candidates.c.number).correlate(t.candidates)),
)
"""SQL condition that a screened candidate waits for triage; for queries with `candidates` and `screenings`."""


_AGAIN = sa.exists().where(retries.c.candidate == handovers.c.candidate, retries.c.round == handovers.c.round)


HANDED_OVER = (
    sa.exists()
    .where(handovers.c.candidate == t.candidates.c.number, sa.not_(_AGAIN.correlate(handovers)))
    .correlate(t.candidates)
)
"""SQL condition that a candidate was handed over to curators and nobody requested a retry; for queries with
`candidates`.
"""


EVER_HANDED_OVER = sa.exists().where(handovers.c.candidate == t.candidates.c.number).correlate(t.candidates)
"""SQL condition that a candidate was ever handed over, whatever happened since."""


FAILED_ALONE = sa.exists().where(lone_failures.c.candidate == t.candidates.c.number).correlate(t.candidates)
"""SQL condition that a model failed before on a request about this candidate alone."""


def carded() -> sa.CompoundSelect[Any]:
    """Query for the numbers of all candidates that are to be shown to curators: those with a summary, and those handed
    over without one because the model failed.
    """
    return sa.union(sa.select(t.summaries.c.candidate), sa.select(handovers.c.candidate))


BY_CITATIONS = (
    sa.exists().where(t.announcements.c.id == t.candidates.c.announcement, t.announcements.c.feed == FEED)
).correlate(t.candidates)
"""That a candidate was found by citations before any feed announced it; for queries that hold `candidates`."""


CITES = (
    sa.exists()
    .where(t.citations.c.topic == t.candidates.c.topic, t.citations.c.paper == t.candidates.c.paper)
    .correlate(t.candidates)
)
"""That the paper of a candidate cites a row of its topic's catalog; for queries that hold `candidates`."""


def rows_cited(connection: sa.Connection, numbers: sa.Select[tuple[int]]) -> Mapping[int, tuple[CitedRow, ...]]:
    """For each of the given candidates that was found because it cites papers of the catalog: the catalog rows that it
    cites, by candidate number. Citations that became known later are left out, so that a posted card stays correct.
    """
    query = (
        sa.select(t.candidates.c.number, t.citations.c.row_number, t.citations.c.row_title)
        .join(
            t.candidates,
            sa.and_(t.candidates.c.topic == t.citations.c.topic, t.candidates.c.paper == t.citations.c.paper),
        )
        .where(t.candidates.c.number.in_(numbers.correlate(None)), BY_CITATIONS, t.citations.c.at <= t.candidates.c.at)
        .order_by(t.citations.c.row_number, t.citations.c.row_title)
    )
    found: dict[int, list[CitedRow]] = {}
    for row in connection.execute(query):
        found.setdefault(row.number, []).append(CitedRow(row.row_number, row.row_title))
    return {number: tuple(cited) for number, cited in found.items()}


def missed(stage: str) -> sa.ScalarSelect[int]:
    """Correlated subquery: the number of failures of a pipeline stage on a candidate; for queries over `candidates`."""
    c = t.failures.c
    counted = sa.select(sa.func.count()).where(c.stage == stage, c.candidate == t.candidates.c.number)
    return counted.correlate(t.candidates).scalar_subquery()


def begun(kind: str, desk: str | sa.ColumnElement[str], rest: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """SQL condition that the outbox holds a message with the key `kind/desk/rest`, so that the message may have been
    sent.
    """
    key = sa.literal(f"{kind}/").concat(desk).concat("/").concat(rest)
    return sa.exists().where(t.outbox.c.key == key).correlate_except(t.outbox)
