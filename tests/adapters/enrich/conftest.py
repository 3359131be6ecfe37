"""arXiv's search API on loopback, asked over the wire by the product's own fetcher."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.arxiv_api import ArxivApi
from watcher.adapters.enrich.arxiv import ArxivMetadata
from watcher.adapters.sources.fetch import Fetcher
from watcher.adapters.sources.paper import readable

DATA = Path(__file__).parents[2] / "data"


def seeds() -> list[dict[str, Any]]:
    """What is known of the catalog's 26 papers."""
    lines = (DATA / "catalog" / "seed_metadata.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def metadata_of(api: ArxivApi) -> ArxivMetadata:
    fetcher = Fetcher(own_urls=[api.url])
    get: Callable[[str], bytes] = lambda url: fetcher.get(url, about="arXiv's search")  # noqa: E731
    return ArxivMetadata(get, readable=readable, base_url=api.url)


@pytest.fixture
def api() -> Iterator[ArxivApi]:
    with ArxivApi(seeds()) as server:
        yield server


@pytest.fixture
def metadata(api: ArxivApi) -> ArxivMetadata:
    return metadata_of(api)
