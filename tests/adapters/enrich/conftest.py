"""arXiv's search API on loopback, asked over the wire by the product's own fetcher."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.servers.arxiv_api import ArxivApi
from watcher.adapters.sources.arxiv_search import ArxivMetadata
from watcher.adapters.sources.fetch import Fetcher

DATA = Path(__file__).parents[2] / "data"


def seeds() -> list[dict[str, Any]]:
    """What is known of the catalog's 26 papers."""
    lines = (DATA / "catalog" / "seed_metadata.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def metadata_of(api: ArxivApi) -> ArxivMetadata:
    return ArxivMetadata(Fetcher(own_urls=[api.url]), api.url)
