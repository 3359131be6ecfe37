"""Papers in a window of days, as arXiv's OAI-PMH would tell of them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.servers.oai import OaiItem

TODAY = date(2026, 6, 29)
NOW = datetime(2026, 6, 30, 4, tzinfo=UTC)
WATCHED = frozenset({"cs.CL", "cs.AI", "q-bio.NC"})


def paper(number: int, *submitted: date, changed: datetime = NOW, **rest: object) -> OaiItem:
    moments = submitted or (date(2026, 6, 28),)
    values: dict[str, object] = {"id": f"2606.{27000 + number}", "categories": ["cs.CL"], "title": f"Paper {number}"}
    versions = [(datetime(day.year, day.month, day.day, 9, tzinfo=UTC), "") for day in moments]
    return OaiItem(**{**values, **rest}, changed=changed, versions=versions)  # type: ignore[arg-type]
