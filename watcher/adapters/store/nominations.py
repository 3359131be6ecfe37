"""Database access for nominations: papers that people asked to be considered, so that screening and score do not drop
them.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.database import Part
from watcher.adapters.store.tables import audit_answers
from watcher.domain.facts import Nomination
from watcher.ports.store import NominationStore

_BELONGS = (
    sa.select(audit_answers.c.belongs)
    .where(audit_answers.c.candidate == t.nominations.c.candidate)
    .order_by(audit_answers.c.id.desc())
    .limit(1)
    .correlate(t.nominations)
    .scalar_subquery()
)
_BY_AUDIT = t.nominations.c.run.startswith("audit-")
_STANDS = sa.or_(sa.not_(_BY_AUDIT), sa.func.coalesce(_BELONGS, sa.true()))
"""SQL condition that a nomination is in force; one made by an audit answer is so as long as that answer."""

NOMINATED = sa.exists().where(t.nominations.c.candidate == t.candidates.c.number, _STANDS).correlate(t.candidates)
"""SQL condition that a candidate is nominated, so that screening and score do not stop it; for queries with
`candidates`.
"""


class Nominations(Part, NominationStore):
    def add(self, numbers: Sequence[int], nomination: Nomination, run: str) -> None:
        values = {"curator": nomination.curator, "desk": nomination.desk, "run": run, "at": nomination.at}
        n = t.nominations.c
        with self._database.write() as connection:
            over = sa.select(n.candidate).where(n.candidate.in_(numbers), sa.not_(_STANDS))
            gone = connection.scalars(over).all()
            connection.execute(sa.delete(t.nominations).where(n.candidate.in_(gone)))
            self._database.insert_new(connection, t.nominations, [{"candidate": n, **values} for n in numbers])
            connection.execute(sa.update(t.candidates).where(t.candidates.c.number.in_(numbers)).values(is_active=True))

    def is_by_audit(self, number: int) -> bool:
        query = sa.select(t.nominations.c.candidate).where(t.nominations.c.candidate == number, _BY_AUDIT)
        with self._database.read() as connection:
            return connection.scalar(query) is not None

    def without_card(self, topic: str, desk: str) -> frozenset[int]:
        query = (
            sa.select(t.nominations.c.candidate)
            .join(t.candidates, t.candidates.c.number == t.nominations.c.candidate)
            .outerjoin(t.cards, sa.and_(t.cards.c.candidate == t.candidates.c.number, t.cards.c.desk == desk))
            .where(t.candidates.c.topic == topic, t.cards.c.candidate.is_(None), _STANDS)
        )
        with self._database.read() as connection:
            return frozenset(connection.scalars(query))
