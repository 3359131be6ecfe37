"""What need not be kept for ever, forgotten: texts alone, never a fact, an id, a verdict or a reply."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.audit_tables import audit_samples
from watcher.adapters.store.database import Database


class Keeping:
    """The part of the store that forgets."""

    database: Database

    def forget(self, questions_before: datetime | None, abstracts_before: datetime | None) -> Mapping[str, int]:
        """Empty the questions put to models, and the abstracts of papers that screening put aside, from before a moment.

        A reply stays, so that it is not paid again; a paper that passed, was put forward, was audited or still waits for
        screening keeps its abstract. None forgets nothing. Gives how many texts went.
        """
        forgotten = {"questions": 0, "abstracts": 0}
        with self.database.write() as connection:
            if questions_before is not None:
                old = sa.and_(t.replies.c.at < questions_before, t.replies.c.question != "")
                done = connection.execute(sa.update(t.replies).where(old).values(question=""))
                forgotten["questions"] = done.rowcount
            if abstracts_before is not None:
                done = connection.execute(
                    sa.update(t.paper_versions)
                    .where(*_put_aside(abstracts_before))
                    .values(abstract="", abstract_raw="")
                )
                forgotten["abstracts"] = done.rowcount
        return forgotten


def _put_aside(before: datetime) -> list[sa.ColumnElement[bool]]:
    """Versions of papers that screening put aside for every topic, none of them announced since."""
    c = t.paper_versions.c
    wanted = (
        sa.select(t.candidates.c.paper)
        .outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .outerjoin(t.nominations, t.nominations.c.candidate == t.candidates.c.number)
        .outerjoin(audit_samples, audit_samples.c.candidate == t.candidates.c.number)
        .where(
            sa.or_(
                t.screenings.c.candidate.is_(None),
                t.screenings.c.passed,
                t.nominations.c.candidate.is_not(None),
                audit_samples.c.candidate.is_not(None),
            )
        )
    )
    versions = t.paper_versions.alias()
    late = (
        sa.select(versions.c.paper)
        .join(t.announcements, t.announcements.c.paper_version == versions.c.id)
        .where(t.announcements.c.at >= before)
    )
    return [c.abstract != "", c.paper.not_in(wanted), c.paper.not_in(late)]
