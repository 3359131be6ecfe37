"""The form of a backup that may be published: personal texts (curators' names, reasons) are encrypted, and what is
secret, replaceable or no longer needed (installations, sessions, prompts, answers of services, abstracts of rejected
papers) is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from watcher.adapters.store import tables as t
from watcher.adapters.store.tables import audit_samples
from watcher.domain.errors import DeskRefused, UsageError

HEADER: Final = "people"
"""The header's field that holds a known text, encrypted: whoever reads it has the key."""

LEFT_OUT: Final = frozenset(
    table.name
    for table in (
        *(t.installations, t.installing, t.preferences, t.ended_sessions),
        *(t.throttles, t.rate_limits, t.job_results, t.catalog_owners),  # of one machine
    )
)
"""Tables of which a public backup holds nothing."""
PERSONAL: Final = frozenset({"curator", "person", "reason", "base_url"})
"""Columns, and keys in JSON columns, that name people, hold what they wrote, or say where their model server is."""

_KNOWN: Final = "literature-watcher"
_REMEDY: Final = "give the key it was made with, or delete it to begin anew"


@dataclass(frozen=True, slots=True)
class PublicForm:
    """The form of a backup that may be published. `encrypt` and `decrypt` transform a personal text; `decrypt` raises
    DeskRefused if the text was encrypted with another key.
    """

    encrypt: Callable[[str], str]
    decrypt: Callable[[str], str]

    def header(self) -> dict[str, str]:
        """The entry for the header of a backup file: a known encrypted text, by which `must_fit` recognizes the key."""
        return {HEADER: self.encrypt(_KNOWN)}

    def must_fit(self, header: Mapping[str, Any], about: str) -> None:
        """Check by the header of a backup file that it was encrypted with this object's key. Raises UsageError, naming
        the file `about`, if not.
        """
        try:
            known = self.decrypt(str(header[HEADER]))
        except DeskRefused:
            known = ""
        if known != _KNOWN:
            raise UsageError("another deployment's, or encrypted with another key", about=about, remedy=_REMEDY)

    def hidden(self, table: str, row: Mapping[str, Any], aside: frozenset[int]) -> dict[str, Any]:
        """Convert a row of a database table to its form in a public backup: personal texts encrypted, prompts and
        service answers emptied, and abstracts of the paper versions with ids in `aside` too.
        """
        changed = {name: _each_person(value, name, self.encrypt) for name, value in row.items()}
        if table == t.replies.name:
            changed["question"] = ""
        elif table == t.service_requests.name:
            changed["answer"] = None  # megabytes that are merely asked for again; what counts is how often it was asked
        elif table == t.paper_versions.name and row["id"] in aside:
            changed |= {"abstract": "", "abstract_raw": ""}
        return changed

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Convert a table row of a public backup back, with personal texts decrypted. Raises UsageError if one cannot
        be decrypted.
        """
        try:
            return {name: _each_person(value, name, self.decrypt) for name, value in row.items()}
        except DeskRefused:
            raise UsageError("cut off or damaged", about="state", remedy="take another one") from None


def _each_person(value: Any, name: str, change: Callable[[str], str]) -> Any:
    """The value with every text changed that stands under a personal name."""
    if isinstance(value, dict):
        return {key: _each_person(part, key, change) for key, part in value.items()}
    if isinstance(value, list):
        return [_each_person(part, name, change) for part in value]
    return change(value) if name in PERSONAL and isinstance(value, str) and value else value


def put_aside(connection: sa.Connection) -> frozenset[int]:
    """The ids of the paper versions whose abstracts no later step needs, since screening rejected the paper for every
    topic.
    """
    c = t.paper_versions.c
    query = sa.select(c.id).where(c.abstract != "", c.paper.not_in(wanted_papers()))
    return frozenset(connection.scalars(query))


def wanted_papers() -> sa.Select[Any]:
    """Query for the papers whose abstracts may still be needed: they wait for a stage, passed screening or triage for
    some topic, were nominated, or are in an audit sample.
    """
    return (
        sa.select(t.candidates.c.paper)
        .outerjoin(t.screenings, t.screenings.c.candidate == t.candidates.c.number)
        .outerjoin(t.triages, t.triages.c.candidate == t.candidates.c.number)
        .outerjoin(t.nominations, t.nominations.c.candidate == t.candidates.c.number)
        .outerjoin(audit_samples, audit_samples.c.candidate == t.candidates.c.number)
        .where(
            sa.or_(
                t.screenings.c.candidate.is_(None),
                t.screenings.c.passed,
                sa.and_(t.screenings.c.triage, sa.func.coalesce(t.triages.c.goes_on, sa.true())),
                t.nominations.c.candidate.is_not(None),
                audit_samples.c.candidate.is_not(None),
            )
        )
    )
