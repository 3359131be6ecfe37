"""Harvests papers from a local OAI-PMH server: papers per second, and the peak memory of the harvesting process.

    python benchmarks/oai_harvest.py [--papers 100000]

The server runs in a process of its own and has its pages ready before the clock starts. arXiv's politeness delay
does not apply to a local server; at arXiv each page of 2,500 papers costs 3 s on top.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the tests' server, from wherever this is run

from tests.servers.arxiv import ArxivServer
from tests.servers.oai import OaiArchive, OaiItem
from watcher.adapters.sources.fetch import Fetcher
from watcher.adapters.sources.oai import ArxivOai, read_page

_PAPERS = Path(__file__).parents[1] / "tests" / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
_NOW = datetime(2026, 7, 4, tzinfo=UTC)


class _Ready(OaiArchive):
    """An archive that renders each page once."""

    pages: dict[str, bytes]

    def answer(self, query: str) -> bytes:
        return self.pages[query]


def _items(count: int) -> list[OaiItem]:
    with gzip.open(_PAPERS, "rt", encoding="utf-8") as stream:
        rows = [json.loads(line) for line in stream]
    days = [_NOW - timedelta(days=400 * (count - number) / count) for number in range(count)]
    return [
        OaiItem(
            id=f"{day:%y%m}.{number:06d}",
            changed=day,
            versions=[(day, "")],
            categories=["cs.CL"],
            title=row["title"],
            abstract=row["abstract"],
            authors=", ".join(row["authors"]),
        )
        for number, day in enumerate(days)
        for row in [rows[number % len(rows)]]
    ]


def serve(count: int, pipe: Connection) -> None:
    """Render the pages, tell the address, serve until told to stop."""
    archive = OaiArchive(_items(count), now=_NOW)
    ready = _Ready(now=_NOW)
    ready.pages = {}
    query = "verb=ListRecords&metadataPrefix=arXivRaw&set=cs&from=2025-01-01"
    while query:
        ready.pages[query] = archive.answer(query)
        token = read_page(ready.pages[query], "oai:cs").token
        query = f"verb=ListRecords&resumptionToken={token.replace('%', '%25')}" if token else ""
    with ArxivServer(oai=ready) as server:
        pipe.send(server.oai_url)
        pipe.recv()


def main() -> None:
    """Start the server, harvest, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--papers", type=int, default=100_000)
    count = parser.parse_args().papers
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    server = context.Process(target=serve, args=(count, theirs))
    server.start()
    url = ours.recv()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    source = ArxivOai(
        Fetcher(own_urls=[url]),
        categories=frozenset({"cs.CL"}),
        since=datetime(2025, 1, 1, tzinfo=UTC).date(),
        known=lambda _: frozenset(),
        base_url=url,
    )
    began = time.perf_counter()
    readings = broken = papers = 0
    for reading in source.read():
        if reading.error:
            raise reading.error
        readings, broken, papers = readings + 1, broken + len(reading.broken), papers + len(reading.announcements)
    seconds = time.perf_counter() - began
    ours.send("done")
    server.join()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{papers} of {count} papers on {readings} pages, {broken} broken")
    print(f"{seconds:.1f} s, {papers / seconds:.0f} papers/s")
    print(f"peak memory {peak:.0f} MB ({before:.0f} MB before the first page)")


if __name__ == "__main__":
    main()
