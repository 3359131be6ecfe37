"""The failure message about approved rows that are missing from the catalog although nobody removed them."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.domain.facts import ApprovedRow, RowChange

_NAMED = 5


def lost_rows(missing: Sequence[ApprovedRow]) -> list[str]:
    """One line that names the papers whose rows were lost; empty if there are none."""
    papers = list(dict.fromkeys(row.paper.native for row in missing if row.change is RowChange.LOST))
    named = ", ".join(papers[:_NAMED]) + (f" and {len(papers) - _NAMED} more" if len(papers) > _NAMED else "")
    return [f"{len(papers)} approved rows are in no commit of the catalog's branch: {named}"] if papers else []
