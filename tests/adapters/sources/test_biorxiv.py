"""bioRxiv's feeds give papers like any other source; what is not whole is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.servers.arxiv import ArxivServer
from watcher.adapters.sources import HOSTS, SOURCES
from watcher.adapters.sources.biorxiv import Biorxiv, read_biorxiv, split_creators
from watcher.adapters.sources.fetch import AllowedHosts, Fetcher, Limits, parse_url
from watcher.domain.errors import ConfigError, FeedError
from watcher.domain.papers.paper import AnnounceType, PaperId
from watcher.domain.papers.topic import OTHER_SOURCES

DOCUMENT = (Path(__file__).parents[2] / "data" / "biorxiv" / "neuroscience.xml").read_bytes()
CATEGORY = "biorxiv.neuroscience"


def test_a_feed_gives_papers_with_versions_and_dates() -> None:
    reading = read_biorxiv(DOCUMENT, CATEGORY)
    found = [(a.paper.id, a.paper.version, a.announce_type, a.paper.published) for a in reading.announcements]
    assert found == [
        (PaperId("biorxiv", "10.64898/2026.06.24.700001"), 1, AnnounceType.NEW, date(2026, 6, 24)),
        (PaperId("biorxiv", "10.1101/2025.11.03.600002"), 3, AnnounceType.REPLACE, date(2025, 11, 3)),
        (PaperId("biorxiv", "10.1101/500003"), 1, AnnounceType.NEW, date(2019, 11, 29)),
    ]
    assert [a.announced_on for a in reading.announcements] == [
        date(2026, 6, 28),
        date(2026, 6, 27),
        date(2019, 11, 29),
    ]
    assert reading.broken == ()


def test_what_looks_like_markup_stays_in_title_and_abstract() -> None:
    paper = read_biorxiv(DOCUMENT, CATEGORY).announcements[0].paper
    assert paper.title == "A world model in the cortex of Müller's mouse & its limits: a<b"
    assert paper.abstract == "We show that <EOS> tokens n<m predict replay & planning at p<0.01, and that c>d."
    assert paper.categories == (CATEGORY,)
    assert paper.url == "https://doi.org/10.64898/2026.06.24.700001"
    assert paper.year == 2026


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (
            " Mori, H., van der Waals, J. D., Sato, K.-I., The Cortex Map Consortium, ",
            ("H. Mori", "J. D. van der Waals", "K.-I. Sato", "The Cortex Map Consortium"),
        ),
        ("Ito, S.", ("S. Ito",)),
        ("Öztürk, Ö. Ç.", ("Ö. Ç. Öztürk",)),
        ("The Lab, Ito, S.", ("The Lab", "S. Ito")),
        ("", ()),
    ],
)
def test_creators_are_pairs_of_surname_and_initials(line: str, names: tuple[str, ...]) -> None:
    assert split_creators(line) == names


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b"<dc:identifier>doi:10.1101/500003</dc:identifier>", b"", "not a DOI"),
        (b"doi:10.1101/500003", b"javascript:alert(1)", "not a DOI"),
        (b"short/500003v1?rss=1\n", b"short/500003\n", "no version"),
    ],
)
def test_a_broken_entry_is_named_and_its_neighbors_are_kept(before: bytes, after: bytes, words: str) -> None:
    reading = read_biorxiv(DOCUMENT.replace(before, after), CATEGORY)
    assert len(reading.announcements) == 2
    assert len(reading.broken) == 1
    assert words in reading.broken[0]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "empty"),
        (DOCUMENT[:2500], "cut off"),
        (b"Rate exceeded.", "not well-formed"),
        (b"<html><body>moved</body></html>", "web page"),
        (DOCUMENT.split(b"<item ")[0] + b"</rdf:RDF>", "check the name of the subject"),
        (b"<a><b/></a>", "no papers"),
        (DOCUMENT.replace(b"doi:", b"id:"), "none of 3 entries"),
        (DOCUMENT.replace(b"http://purl.org/dc/elements/1.1/", b"urn: x"), "not a feed"),
    ],
)
def test_what_is_no_whole_feed_is_refused(document: bytes, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        read_biorxiv(document, CATEGORY)


def test_one_subject_that_fails_hides_no_other() -> None:
    with ArxivServer({"rss?": b""}) as server:
        server.feeds = {"subjects": DOCUMENT}
        base_url = server.rss_url + "subjects"
        fetcher = Fetcher(own_urls=[base_url], limits=Limits(attempts=1))
        source = SOURCES["biorxiv"].make(fetcher, categories=[CATEGORY, "biorxiv.cancer_biology"], base_url=base_url)
        first, second = source.read()
        server.feeds = {}
        third, _ = source.read()
    assert (first.feed, len(first.announcements)) == (CATEGORY, 3)
    assert second.feed == "biorxiv.cancer_biology"
    assert isinstance(third.error, FeedError)
    assert server.requests[1].path.endswith("?subject=cancer_biology")


@pytest.mark.parametrize("category", ["neuroscience", "cs.CL", "biorxiv.", "biorxiv.a&b=c", "biorxiv.Neuro"])
def test_what_cannot_be_a_subject_is_refused(category: str) -> None:
    with pytest.raises(ConfigError, match="not a category of bioRxiv"):
        Biorxiv(Fetcher(), categories=[category])


def test_the_hosts_of_all_sources_may_be_asked_over_https_only() -> None:
    reach = AllowedHosts([], HOSTS)
    for kind in SOURCES.values():
        reach.admit(parse_url(kind.base_url), "")
        with pytest.raises(FeedError, match="not an allowed host"):
            reach.admit(parse_url(kind.base_url.replace("https://", "http://")), "")


def test_every_source_beside_arxiv_has_its_own_categories() -> None:
    assert SOURCES.keys() - {"arxiv"} == OTHER_SOURCES
