"""Real papers of the recorded day as the line carries them, for tests past the collect stage."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.fakes import NOON
from watcher.domain.facts import Candidate
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId
from watcher.domain.papers.topic import Topic

_FEED = Path(__file__).parent / "data" / "feeds" / "rss_cs.AI+cs.CL_2026-06-29.xml"

TOPIC = Topic(
    slug="llm-x-world-models",
    title="大規模言語モデル × 世界モデル",
    categories=frozenset({"cs.AI", "cs.CL"}),
    announce=frozenset({AnnounceType.NEW, AnnounceType.CROSS}),
    post_at=3,
    fold_at=2,
    groups=(),
    criteria="A paper belongs when it ties a language model to a model of a world.",
    labels={letter: f"基準{letter}" for letter in "abcdefg"},
)


@functools.cache
def papers() -> dict[str, Paper]:
    """Every paper of the feed by base id, read without the product's own reader."""
    found: dict[str, Paper] = {}
    for item in ET.parse(_FEED).iter("item"):
        match = re.search(r"abs/(\S+?)(?:v\d+)?$", item.findtext("link", ""))
        assert match is not None
        title, abstract = item.findtext("title", ""), item.findtext("description", "").partition("Abstract: ")[2]
        found[match[1]] = Paper(
            id=PaperId("arxiv", match[1]),
            version=1,
            title_raw=title,
            abstract_raw=abstract,
            authors_raw="",
            title=" ".join(title.split()),
            abstract=" ".join(abstract.split()),
            authors=(),
            categories=("cs.AI",),
            url=f"https://arxiv.org/abs/{match[1]}",
        )
    return found


def candidate(number: int, arxiv_id: str) -> Candidate:
    return Candidate(number, TOPIC.slug, papers()[arxiv_id], AnnounceType.NEW, NOON)
