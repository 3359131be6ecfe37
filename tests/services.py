"""What services say of the catalog's venues, on loopback; see data/venues/README.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.servers.figures import Figures

DATA = Path(__file__).parent / "data" / "venues"


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def that_know_the_venues(figures: Figures) -> Figures:
    """Give the servers what is known of the papers of the catalog."""
    figures.records = {record["externalIds"]["ArXiv"]: record for record in _lines("semantic_scholar.jsonl")}
    figures.registered = {work["DOI"]: work for work in _lines("crossref.jsonl")}
    figures.works = {work["doi"].removeprefix("https://doi.org/"): work for work in _lines("openalex.jsonl")}
    return figures
