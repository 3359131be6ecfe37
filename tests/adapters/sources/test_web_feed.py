"""Any feed is read or refused in words: each entry is a paper, named as broken, or too old to be news."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.factories import an_announcement
from tests.servers.arxiv import ArxivServer, Fault
from watcher.adapters.sources.fetch import Document, Fetcher, Limits
from watcher.adapters.sources.web_feed import OLD, WebFeed, WebFeeds, read_web_feed
from watcher.adapters.sources.web_feed_entry import people_of, text_in
from watcher.domain.errors import FeedError
from watcher.domain.papers.feeds import FeedMemory
from watcher.domain.papers.paper import AnnounceType, Paper, PaperId
from watcher.ports import Reading

SHAPES = Path(__file__).parents[2] / "data" / "webfeeds"
NOW = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
FEED = WebFeed("https://x.example.org/feed", ("Sample Journal",), ("topic",))
READ = {
    "acl_anthology.xml": (2, "link:aclanthology.org/2026.acl-long.1", 2),
    "acs.xml": (1, "doi:10.1021/acssample.6c02060", 0),
    "aps.xml": (1, "doi:10.1103/physrevsample.100.010001", 2),
    "arxiv_papers_blog.xml": (2, "arxiv:2306.12672", 0),
    "biorxiv.xml": (1, "biorxiv:10.64898/2026.11.27.716344", 2),
    "blogger.xml": (1, "link:blog.example.org/2026/11/foresight-at-scale.html", 1),
    "cambridge.xml": (1, "doi:10.4039/sam.2026.38", 1),
    "chemrxiv.xml": (2, "doi:10.26434/chemrxiv-2026-ab1cd", 1),
    "cnki.xml": (1, "link:t.cnki.net/…fddaf93265516ce1", 0),
    "deepmind_blog.xml": (1, "link:deepmind.google/blog/a-world-to-foresee", 0),
    "frontiers.xml": (1, "doi:10.3389/fsamp.2026.0000001", 2),
    "gbk.xml": (1, "link:sample.alljournal.net/view_abstract.aspx?file_no=2026030&flag=1", 3),
    "huggingface_blog.xml": (2, "link:huggingface.co/blog/sample/foresight-models", 0),
    "ieee.xml": (1, "link:ieeexplore.ieee.org/document/10000001", 3),
    "ingenta.xml": (1, "link:www.ingentaconnect.com/content/asp/sb/2026/00000046/00000003/art00001", 2),
    "jama.xml": (1, "doi:10.1001/samplenetworkopen.2026.28227", 0),
    "jekyll_lab.xml": (1, "link:lab.example.edu/blog/2026/11/20/plans", 1),
    "json_feed.json": (2, "link:notes.example.org/foresight", 2),
    "json_feed_1.json": (1, "doi:10.1234/jf.2026.7", 1),
    "mdpi.xml": (1, "doi:10.3390/samples15113301", 2),
    "medrxiv.xml": (2, "doi:10.64898/2026.11.20.26340123", 2),
    "microbiology.xml": (1, "doi:10.1099/ijs.0.005019", 2),
    "nature_catalysis.xml": (1, "doi:10.1038/s41929-026-00001-6", 2),
    "nature_mi.xml": (1, "doi:10.1038/s42256-026-00001-0", 1),
    "ojs_atom.xml": (1, "link:et-sample.nu/index.php/contents/article/view/94", 2),
    "ojs_rss.xml": (1, "doi:10.11646/samplotaxa.526.1.1", 2),
    "openai_blog.xml": (1, "link:openai.com/index/how-our-models-foresee", 0),
    "oup.xml": (1, "doi:10.1093/sam/rdag098", 2),
    "pensoft.xml": (1, "doi:10.3897/samplekeys.185.75796", 3),
    "plos.xml": (1, "doi:10.1371/journal.psam.1000001", 1),
    "pubmed.xml": (2, "doi:10.1234/jsm.2026.0001", 2),
    "scholar_alert.xml": (1, "link:www.sciencedirect.com/science/article/pii/S0967063726001953", 0),
    "science_etoc.xml": (1, "doi:10.1126/science.aaa0001", 2),
    "science_news.xml": (1, "doi:10.1126/science.zzz0001", 1),
    "sciencedirect.xml": (1, "link:www.sciencedirect.com/science/article/pii/S1055790326002906", 3),
    "springer.xml": (1, "doi:10.1007/s10000-026-00001-y", 0),
    "taylor_francis.xml": (1, "doi:10.1080/01234567.2026.1992835", 2),
    "wiley.xml": (1, "doi:10.1002/sam.12650", 2),
    "wordpress.xml": (1, "link:ml.example.ac.jp?p=812", 1),
}
REFUSED = {
    "challenge_page.html": "web page",
    "login_page.xml": "web page",
    "json_error.json": "no JSON Feed",
    "opml.xml": "instead of a feed",
    "truncated.xml": "cut off",
    "doctype.xml": "declares a document type",
    "no_identity.xml": "none of 2 entries",
}


EMPTY = "jstage_empty.xml"


def shape(name: str) -> bytes:
    return (SHAPES / name).read_bytes()


def read(name: str) -> Reading:
    return read_web_feed(shape(name), FEED, NOW)


def test_every_shape_is_expected_to_be_read_or_refused() -> None:
    assert {file.name for file in SHAPES.iterdir()} - {"README.md", EMPTY} == READ.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", READ)
def test_a_real_shape_is_read_whole(name: str) -> None:
    entries, first, people = READ[name]
    reading = read(name)
    paper = reading.announcements[0].paper
    assert (len(reading.announcements), reading.broken, reading.by_day) == (entries, (), False)
    assert (str(paper.id), len(paper.authors)) == (first, people)
    assert paper.title
    assert "<" not in paper.title
    assert paper.categories == FEED.names
    assert paper.published
    assert paper.journal_ref


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_feed_is_refused_in_words(name: str) -> None:
    with pytest.raises(FeedError, match=REFUSED[name]) as refused:
        read(name)
    assert refused.value.about == "Sample Journal"


def test_a_feed_that_lists_nothing_yet_is_no_failure() -> None:
    reading = read(EMPTY)
    assert (reading.announcements, reading.broken, reading.error) == ((), (), None)


def test_what_stands_before_the_abstract_is_no_part_of_it() -> None:
    for name in ("nature_catalysis.xml", "wiley.xml", "oup.xml", "pensoft.xml", "biorxiv.xml"):
        assert read(name).announcements[0].paper.abstract.startswith("We ask whether"), name
    assert read("pubmed.xml").announcements[0].paper.abstract.startswith("BACKGROUND: We ask")
    for name in ("science_etoc.xml", "taylor_francis.xml", "sciencedirect.xml", "acl_anthology.xml"):
        assert read(name).announcements[0].paper.abstract == "", name
        assert "empty_abstract" in read(name).announcements[0].anomalies


def test_the_journal_is_the_venue_else_the_name_that_the_operator_gave() -> None:
    venues = {name: read(name).announcements[0].paper.journal_ref for name in ("wiley.xml", "pubmed.xml", "ieee.xml")}
    assert venues == {"wiley.xml": "SAMPLE", "pubmed.xml": "Journal of Sample Medicine", "ieee.xml": "Sample Journal"}
    assert read("taylor_francis.xml").announcements[0].paper.journal_ref == "Sample Studies"
    assert str(read("acl_anthology.xml").announcements[0].paper.journal_ref).startswith("Proceedings of the 64th")


def test_versions_are_told_from_new_papers() -> None:
    found = [(a.paper.version, a.announce_type) for a in read("medrxiv.xml").announcements]
    assert found == [(2, AnnounceType.REPLACE), (1, AnnounceType.NEW)]
    assert [a.paper.version for a in read("chemrxiv.xml").announcements] == [3, 1]


def test_markup_becomes_text_and_what_only_looks_like_it_stays() -> None:
    assert text_in("A <i>B</i> &amp; C<sub>2</sub>, a<b and c>d, &lt;think&gt;") == "A B & C2, a<b and c>d, <think>"
    assert text_in("<p>One</p><p>two<br/>three</p><script>bad()</script><!-- x -->") == "One two three"
    assert text_in("<think>kept</think> <mml:mi>x</mml:mi>") == "<think>kept</think> x"
    assert "alert" not in read("jekyll_lab.xml").announcements[0].paper.abstract


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["Doe, Jane", "Smith, J. K."], ("Jane Doe", "J. K. Smith")),
        (["Jane Doe, John Smith and Ann Lee"], ("Jane Doe", "John Smith", "Ann Lee")),
        (["Doe, Jane"], ("Jane Doe",)),
        (["Kukla, D., van der Waals, J. D."], ("D. Kukla", "J. D. van der Waals")),
        (["Smith JA, Lee B"], ("JA Smith", "B Lee")),
        (["By: a@b.org (Jane Doe)"], ("Jane Doe",)),
        (["Sample AI"], ("Sample AI",)),
        (["A Sample;B Example;"], ("A Sample", "B Example")),
        (["", "42"], ()),
    ],
)
def test_people_are_named_given_names_first(lines: list[str], names: tuple[str, ...]) -> None:
    assert people_of(lines) == names


# --- reading again and again ----------------------------------------------------------------------


class Web:
    """A feed whose entries change, and what is remembered of it."""

    def __init__(self) -> None:
        self.entries: dict[str, date] = {}
        self.memory: FeedMemory | None = None
        self.asked: list[Document] = []
        self.etag = "e1"
        self.records: Mapping[PaperId, Paper] = {}
        self.looked_up: list[PaperId] = []
        self.now = NOW
        self.feed = FEED

    def changed(self, url: str, *, about: str, media_types: Iterable[str], since: Document) -> Document | None:
        del url, about, media_types
        self.asked.append(since)
        return None if since.etag == self.etag else Document(self.document(), self.etag, "")

    def document(self) -> bytes:
        items = "".join(
            f"<item><title>Paper {path}</title><link>https://{path}</link><pubDate>{day}</pubDate></item>"
            for path, day in self.entries.items()
        )
        return f"<rss version='2.0'><channel><title>x</title>{items}</channel></rss>".encode()

    def lookup(self, papers: Collection[PaperId]) -> Mapping[PaperId, Paper]:
        self.looked_up += papers
        if not self.records:
            raise FeedError("no answer", about="arXiv")
        return self.records

    def read(self, days: int = 0) -> Reading:
        """One reading, remembered if it may be."""
        self.now += timedelta(days=days)
        source = WebFeeds(
            self, [self.feed], remembered=lambda _: self.memory, lookup=self.lookup, clock=lambda: self.now
        )
        (reading,) = source.read()
        self.memory = reading.memory or self.memory
        self.etag = f"e{len(self.asked)}{len(self.entries)}"
        return reading


def natives(reading: Reading) -> list[str]:
    return [a.paper.id.native for a in reading.announcements]


def test_an_archive_is_no_news_when_a_feed_is_read_for_the_first_time_and_never_becomes_any() -> None:
    web = Web()
    web.entries = {"x.org/old": NOW.date() - OLD - timedelta(days=2), "x.org/new": NOW.date() - timedelta(days=1)}
    assert natives(web.read()) == ["x.org/new"]
    web.entries |= {"x.org/late": NOW.date() - timedelta(days=400)}
    assert natives(web.read(1)) == ["x.org/new", "x.org/late"], "what was not listed before is news, whatever its date"


def test_a_feed_that_forgot_what_it_listed_before_says_so_once() -> None:
    web = Web()
    web.entries = {"x.org/1": date(2026, 11, 20), "x.org/2": date(2026, 11, 21)}
    assert web.read().forgot == ""
    web.entries = {"x.org/2": date(2026, 11, 21), "x.org/3": date(2026, 11, 25)}
    assert web.read(1).forgot == ""
    web.entries = {"x.org/8": date(2026, 11, 29), "x.org/9": date(2026, 11, 30)}
    gone = web.read(3)
    assert gone.forgot == (
        "nothing is left of the 2 entries read on 2026-12-01, newest of 2026-11-25; its oldest is of 2026-11-29;"
        " what it listed between is not known"
    )
    assert natives(gone) == ["x.org/8", "x.org/9"]
    assert web.read(1).forgot == ""


def test_a_feed_that_lists_nothing_any_more_is_an_error_and_is_not_remembered() -> None:
    web = Web()
    web.entries = {"x.org/1": date(2026, 11, 20)}
    web.read()
    web.entries = {}
    empty = web.read(1)
    assert empty.error is not None
    assert "lists nothing" in str(empty.error)
    web.entries = {"x.org/1": date(2026, 11, 20)}
    assert web.read(1).forgot == ""


def test_a_feed_that_was_empty_at_first_is_read_for_the_first_time_when_it_lists_something() -> None:
    web = Web()
    assert (web.read().error, web.read(1).error) == (None, None)
    web.entries = {"x.org/old": NOW.date() - OLD - timedelta(days=2), "x.org/new": NOW.date()}
    found = web.read(1)
    assert (natives(found), found.forgot) == (["x.org/new"], "")


def test_an_unchanged_feed_is_not_sent_again_but_asked_for_whole_once_a_day_and_for_a_new_topic() -> None:
    web = Web()
    web.entries = {"x.org/1": date(2026, 11, 20)}
    web.read()
    web.etag = web.memory.etag if web.memory else ""
    again = web.read()
    assert (again.announcements, again.error) == ((), None)
    assert again.memory is not None
    assert again.memory.seen == {"link:x.org/1"}
    assert web.asked[-1].etag == "e1"
    web.feed = replace(FEED, topics=("topic", "new"))
    web.read()
    assert web.asked[-1].etag == ""
    web.feed = FEED
    web.read(1)
    assert web.asked[-1].etag == ""


def test_a_feed_with_an_entry_that_cannot_be_read_is_asked_for_whole_again() -> None:
    web = Web()
    web.entries = {"x.org/1": date(2026, 11, 20), "  ": date(2026, 11, 21)}
    reading = web.read()
    assert len(reading.broken) == 1
    assert reading.memory is not None
    assert reading.memory.etag == ""


def test_two_entries_with_one_address_and_different_titles_are_not_taken_for_one() -> None:
    document = b"""<rss version="2.0"><channel><title>x</title>
    <item><title>Models of the world</title><link>https://x.org/</link></item>
    <item><title>Something else entirely</title><link>https://x.org/</link></item>
    <item><title>Models of the World</title><link>https://x.org/</link></item></channel></rss>"""
    reading = read_web_feed(document, FEED, NOW)
    assert len(reading.announcements) == 1
    assert len(reading.broken) == 1
    assert "that of another entry" in reading.broken[0]


def test_a_paper_of_arxiv_is_announced_with_arxivs_own_record() -> None:
    web = Web()
    web.entries = {"arxiv.org/abs/2306.12672v2": date(2026, 11, 20), "arxiv.org/abs/9999.99999": date(2026, 11, 21)}
    record = an_announcement("2306.12672", version=2).paper
    web.records = {record.id: record}
    known, unknown = web.read().announcements
    assert known.paper == replace(record, categories=(*record.categories, "Sample Journal"))
    assert known.announce_type is AnnounceType.CROSS
    assert unknown.paper.id == PaperId("link", "arxiv.org/abs/9999.99999")
    assert len(web.looked_up) == 2
    web.read()
    assert len(web.looked_up) == 2, "a paper that was read before is not asked about again"


def test_a_paper_of_arxiv_that_cannot_be_looked_up_waits_for_the_next_run() -> None:
    web = Web()
    web.entries = {"arxiv.org/abs/2306.12672": date(2026, 11, 20), "x.org/1": date(2026, 11, 20)}
    failed = web.read()
    assert natives(failed) == ["x.org/1"]
    assert "no answer" in failed.broken[0]
    record = an_announcement("2306.12672").paper
    web.records = {record.id: record}
    assert natives(web.read()) == ["2306.12672", "x.org/1"]


# --- on the wire -----------------------------------------------------------------------------------


def over_the_wire(server: ArxivServer, memory: FeedMemory | None = None) -> Reading:
    feed = WebFeed(f"{server.rss_url}journal", ("Sample Journal",), ("topic",))
    fetcher = Fetcher(own_urls=[feed.url], limits=Limits(attempts=1, timeout=5))
    source = WebFeeds(fetcher, [feed], remembered=lambda _: memory, lookup=lambda _: {}, clock=lambda: NOW)
    (reading,) = source.read()
    return reading


def test_a_feed_is_asked_for_once_with_the_validators_of_the_last_answer() -> None:
    with ArxivServer({"journal": shape("wiley.xml")}) as server:
        first = over_the_wire(server)
        assert first.memory is not None
        assert first.memory.etag
        server.fault(Fault(status=304, body=b""))
        second = over_the_wire(server, first.memory)
        assert (second.error, second.announcements, second.memory) == (None, (), first.memory)
        assert len(server.requests) == 2
        assert server.requests[1].headers["If-None-Match"] == first.memory.etag


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=401), "HTTP 401"),
        (Fault(status=403), "HTTP 403 (the server turns programs away"),
        (Fault(status=429), "HTTP 429"),
        (Fault(status=503), "HTTP 503"),
        (Fault(status=304, body=b""), "HTTP 304"),
        (Fault(body=b"<!doctype html><title>Just a moment...</title>", content_type="text/html"), "web page"),
        (Fault(body=b""), "empty"),
        (Fault(cut_to=300), "broke off"),
        (Fault(content_type="image/png"), "image/png"),
    ],
)
def test_a_fault_is_told_after_one_request(fault: Fault, words: str) -> None:
    with ArxivServer({"journal": shape("wiley.xml")}) as server:
        server.fault(fault)
        reading = over_the_wire(server)
        assert words in str(reading.error)
        assert len(server.requests) == 1
        assert reading.memory is None


def test_a_feed_under_the_type_of_a_web_page_is_read() -> None:
    with ArxivServer({"journal": shape("wiley.xml")}) as server:
        server.fault(Fault(content_type="text/html"))
        assert len(over_the_wire(server).announcements) == 1
