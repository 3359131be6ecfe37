"""arXiv's documents become announcements without losing a byte; what is no whole feed is refused."""

from __future__ import annotations

import html
import re
from collections import Counter
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from tests.servers.arxiv import ERROR_FEED
from watcher.adapters.sources.arxiv import read_feed
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import AnnounceType, PaperId

FEEDS = Path(__file__).parents[2] / "data" / "feeds"
QUANTUM_DAY = FEEDS / "rss_quant-ph_2025-04-28_full_day.xml"
COUNTS = {
    "rss_quant-ph_2025-04-28_full_day.xml": {"new": 40, "cross": 10, "replace": 22, "replace-cross": 9},
    "rss_cs_2025-04-27_empty_sunday.xml": {},
    "rss_cs.AI_2026-04-27_excerpt.xml": {"new": 3},
    "rss_cs.CL_2026-04-27_excerpt.xml": {"new": 3},
    "rss_cs.LG_2026-04-27_excerpt.xml": {"new": 3},
    "rss_cs.LG+cs.AI+cs.CL+stat.ML_2026-09-24_excerpt.xml": {"new": 1, "cross": 1, "replace": 1},
    "rss_cs.AI+cs.CL_2026-06-29.xml": {"new": 54, "cross": 84, "replace": 46, "replace-cross": 18},
    "rss_cs.AI+cs.CL_2026-06-30.xml": {"new": 200, "cross": 260, "replace": 94, "replace-cross": 38},
    "rss_cs.AI+cs.CL_2026-07-01.xml": {"new": 111, "cross": 138, "replace": 43, "replace-cross": 18},
}


def item(
    *,
    title: str | None = "A Title",
    abstract: str = "An abstract.",
    guid: str | None = "oai:arXiv.org:2606.27378v1",
    kind: str = "new",
    creator: str = "Ada Lovelace",
) -> str:
    """One item of an RSS document as arXiv writes it."""
    parts = [
        f"<title>{escape(title)}</title>" if title is not None else "",
        f"<description>arXiv:2606.27378v1 Announce Type: {kind} \nAbstract: {escape(abstract)}</description>",
        f'<guid isPermaLink="false">{escape(guid)}</guid>' if guid is not None else "",
        "<category>cs.CL</category><pubDate>Mon, 29 Jun 2026 00:00:00 -0400</pubDate>",
        f"<arxiv:announce_type>{kind}</arxiv:announce_type><dc:creator>{escape(creator)}</dc:creator>",
    ]
    return f"<item>{''.join(parts)}</item>"


def channel(*items: str, title: str = "cs.CL updates on arXiv.org") -> bytes:
    """An RSS document around items."""
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">'
        f"<channel><title>{title}</title><pubDate>Mon, 29 Jun 2026 00:00:00 -0400</pubDate>{''.join(items)}"
        "</channel></rss>"
    ).encode()


def plain_reading(document: bytes) -> list[tuple[str, str]]:
    """Titles and descriptions by pattern, without any XML parser: an independent witness."""
    found = []
    for entry in re.findall(r"<item>(.*?)</item>", document.decode(), re.DOTALL):
        title, text = (re.search(rf"<{tag}>(.*?)</{tag}>", entry, re.DOTALL) for tag in ("title", "description"))
        assert title is not None
        assert text is not None
        found.append((html.unescape(title[1]), html.unescape(text[1])))
    return found


def test_every_kept_feed_is_counted() -> None:
    assert {file.name for file in FEEDS.glob("*.xml")} == set(COUNTS)


@pytest.mark.endurance
@pytest.mark.parametrize("name", COUNTS)
def test_all_entries_of_a_real_feed_are_announced(name: str) -> None:
    reading = read_feed((FEEDS / name).read_bytes(), name)
    assert Counter(a.announce_type.value for a in reading.announcements) == COUNTS[name]
    assert reading.broken == ()


@pytest.mark.parametrize("name", COUNTS)
def test_raw_titles_and_abstracts_are_the_documents_own_characters(name: str) -> None:
    document = (FEEDS / name).read_bytes()
    expected = plain_reading(document)
    announcements = read_feed(document, name).announcements
    assert [a.paper.title_raw for a in announcements] == [title for title, _ in expected]
    for announcement, (_, text) in zip(announcements, expected, strict=True):
        paper = announcement.paper
        lead = f"arXiv:{paper.id.native}v{paper.version} Announce Type: {announcement.announce_type} \nAbstract: "
        assert lead + paper.abstract_raw == text


@pytest.mark.parametrize(
    "text",
    [
        "Models emit <think> and </think> before <answer>42</answer>.",
        "If $a<b$ then the middle stays and $c>d$ holds; a<b and c>d.",
        "<https://github.com/x/y> A & B, AT&amp;T, &lt;b&gt;, &#60;, &copy; and 1 &lt 2",
        "café is cafÃ© in the wrong encoding, and \u0093so\u0094 are these",
        "two\n  lines\tand a tab, soft\u00adhyphen, zero\u200bwidth, \u202ertl",
        " a blank before and after ",
    ],
)
def test_no_text_is_taken_for_markup_or_repaired(text: str) -> None:
    paper = read_feed(channel(item(title=text, abstract=text)), "cs.CL").announcements[0].paper
    assert paper.title_raw == text
    assert paper.abstract_raw == text


def test_an_entry_gives_all_its_facts() -> None:
    by_id = {a.paper.id: a for a in read_feed(QUANTUM_DAY.read_bytes(), "quant-ph").announcements}
    found = by_id[PaperId("arxiv", "2504.17873")]
    assert found.announce_type is AnnounceType.NEW
    assert found.announced_on == date(2025, 4, 28)
    assert found.feed == "quant-ph"
    paper = found.paper
    assert paper.version == 1
    assert paper.title.endswith("RLD and SLD Cramér-Rao bounds")
    assert paper.title_raw.endswith(r"RLD and SLD Cram\'er-Rao bounds")
    assert paper.url == "https://arxiv.org/abs/2504.17873"
    assert paper.categories == ("quant-ph",)
    assert paper.license is not None
    assert paper.license.startswith("http://")
    dois = [a.paper.doi for a in by_id.values() if a.paper.doi]
    assert len(dois) == 10
    assert all(doi.startswith("10.") for doi in dois)
    assert sum(a.paper.journal_ref is not None for a in by_id.values()) == 9


def test_an_empty_weekend_feed_is_a_quiet_day() -> None:
    reading = read_feed((FEEDS / "rss_cs_2025-04-27_empty_sunday.xml").read_bytes(), "cs")
    assert reading.announcements == ()
    assert reading.announced_on == date(2025, 4, 27)


def test_atom_gives_what_rss_gives() -> None:
    document = b"""<?xml version='1.0' encoding='UTF-8'?>
    <feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
          xmlns="http://www.w3.org/2005/Atom">
      <title>cs.CL updates on arXiv.org</title><updated>2026-06-29T04:00:19.866337+00:00</updated>
      <entry><id>oai:arXiv.org:2606.27378v1</id><title>A Title</title>
        <summary>arXiv:2606.27378v1 Announce Type: new \nAbstract: An abstract.</summary>
        <category term="cs.CL"/><published>2026-06-29T00:00:00-04:00</published>
        <arxiv:announce_type>new</arxiv:announce_type><dc:creator>Ada Lovelace</dc:creator></entry>
    </feed>"""
    assert read_feed(document, "cs.CL") == read_feed(channel(item()), "cs.CL")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"Rate exceeded.", "Rate exceeded."),
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "web page"),
        (b"<html><head><title>arXiv</title></head></html>", "web page"),
        (
            b'<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel><title>&b;</title></channel></rss>',
            "ent",
        ),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss><channel>&x;</channel></rss>', "entities"),
        (b"<rss version='2.0'></rss>", "instead of a feed"),
        (b"<records/>", "instead of a feed"),
        (b"<rss><channel></channel></rss>", "no title"),
        (b"<?xml version='1.0' encoding='no-such-code'?><rss/>", "not well-formed"),
        (ERROR_FEED.format(query="cs.XX").encode(), "Feed error for query: cs.XX"),
        (channel(item(guid=None), item(title=None)), "none of 2 entries"),
    ],
)
def test_what_is_no_feed_is_refused_by_name(document: bytes, words: str) -> None:
    with pytest.raises(FeedError, match=re.escape(words)) as caught:
        read_feed(document, "cs.CL")
    assert caught.value.about == "cs.CL"


def test_a_cut_off_document_is_refused_wherever_it_was_cut() -> None:
    document = QUANTUM_DAY.read_bytes()
    end = len(document.rstrip())
    for length in (*range(1, end, 4001), *range(end - 12, end)):
        with pytest.raises(FeedError):
            read_feed(document[:length], "quant-ph")


@pytest.mark.parametrize(
    ("damaged", "words"),
    [
        (item(guid=None), "0 elements <guid>"),
        (item(title=None), "0 elements <title>"),
        (item(guid="oai:arXiv.org:2606.27378"), "no version"),
        (item(guid="tag:example.org,2026:1"), "not an arXiv id"),
        (item(kind="surprise"), "surprise"),
        (item().replace("</item>", "") + item().replace("<item>", ""), "2 elements"),
    ],
)
def test_a_broken_entry_is_named_while_its_neighbors_are_kept(damaged: str, words: str) -> None:
    first, last = item(guid="oai:arXiv.org:2606.00001v2"), item(guid="oai:arXiv.org:math.GT/0309136v1")
    reading = read_feed(channel(first, damaged, last), "cs.CL")
    assert [str(a.paper.id) for a in reading.announcements] == ["arxiv:2606.00001", "arxiv:math/0309136"]
    assert [a.paper.version for a in reading.announcements] == [2, 1]
    assert len(reading.broken) == 1
    assert reading.broken[0].startswith("entry 2 ")
    assert words in reading.broken[0]


def test_an_odd_text_is_announced_with_its_anomalies() -> None:
    document = channel(item(abstract="x" * 1921), item(title="", abstract="", creator=""), item(title="a\u202eb"))
    assert [a.anomalies for a in read_feed(document, "cs.CL").announcements] == [
        ("long_abstract",),
        ("empty_abstract", "empty_title", "no_authors"),
        ("invisible",),
    ]


def test_an_unreadable_date_costs_the_date_only() -> None:
    document = channel(item()).replace(b"Mon, 29 Jun 2026 00:00:00 -0400", b"yesterday")
    reading = read_feed(document, "cs.CL")
    assert reading.announced_on is None
    assert reading.announcements[0].announced_on is None


@pytest.mark.parametrize(
    "lost",
    [b"\x00", b"\x0c", b"\xed\xa0\x80", b"\xef\xbf\xbf", b"&#0;", b"&#xD800;", b"&#x1F;", b"&#99999999999999999999;"],
)
def test_a_character_that_xml_forbids_costs_itself_and_nothing_else(lost: bytes) -> None:
    document = channel(item(title="a@b &amp; &#233;"), item()).replace(b"@", lost).replace(b"&amp;#233;", b"&#233;")
    first, second = read_feed(document, "cs.CL").announcements
    assert set(first.paper.title_raw[1:-9]) == {"\ufffd"}
    assert first.paper.title_raw.endswith("b &amp; é")
    assert (first.anomalies, second.anomalies) == (("invisible",), ())


def test_a_mark_and_a_newline_before_the_document_lose_nothing() -> None:
    document = QUANTUM_DAY.read_bytes()
    whole = read_feed(document, "quant-ph")

    marks = (
        b"\xef\xbb\xbf\n",
        b"\n",
        b"\xef\xbb\xbf",
        b" \r\n\xef\xbb\xbf ",
        b"\x00",
        "\N{NO-BREAK SPACE}".encode(),
        b"note\n",
    )
    for lead in marks:
        assert read_feed(lead + document, "quant-ph") == whole


@pytest.mark.parametrize(
    "tail", [b"\nserved by a proxy\n", b"<script src='x'></script>\n", b"\x00\x00", b"<!-- end -->"]
)
def test_what_follows_the_document_loses_nothing(tail: bytes) -> None:
    document = QUANTUM_DAY.read_bytes()

    assert read_feed(document + tail, "quant-ph") == read_feed(document, "quant-ph")


def test_two_documents_in_one_are_refused() -> None:
    document = QUANTUM_DAY.read_bytes()

    with pytest.raises(FeedError):
        read_feed(document + document, "quant-ph")


def test_a_byte_that_is_not_utf_8_costs_no_more_than_itself() -> None:
    document = channel(item(abstract="Na&iuml;ve".replace("&iuml;", "@")), item(guid="oai:arXiv.org:2606.27379v1"))
    broken = document.replace(b"Na@ve", b"Na\xefve")

    first, second = read_feed(broken, "cs.CL").announcements

    assert first.paper.abstract == "Na\N{REPLACEMENT CHARACTER}ve"
    assert first.anomalies
    assert second.paper.id == PaperId("arxiv", "2606.27379")


def test_a_document_that_calls_utf_8_ascii_is_read_as_utf_8() -> None:
    document = channel(item(title="Na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve")).replace(b"UTF-8", b"US-ASCII", 1)
    assert b"US-ASCII" in document
    assert read_feed(document, "cs.CL").announcements[0].paper.title == "Na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve"


@pytest.mark.parametrize(
    ("written", "read"), [(b"R&D", "R&D"), (b"a&nbsp;b", "a&nbsp;b"), (b"A & B &amp; C", "A & B & C")]
)
def test_an_ampersand_that_begins_no_reference_is_one(written: bytes, read: str) -> None:
    document = channel(item(title="@"), item(guid="oai:arXiv.org:2606.27379v1")).replace(b"@", written)
    first, second = read_feed(document, "cs.CL").announcements
    assert first.paper.title == read
    assert second.paper.id == PaperId("arxiv", "2606.27379")


def test_a_byte_that_is_not_utf_8_saves_no_document_that_was_cut_off() -> None:
    document = QUANTUM_DAY.read_bytes().replace(b"Abstract", b"Abstr\xe9ct", 1)

    assert len(read_feed(document, "quant-ph").announcements) == 81
    with pytest.raises(FeedError):
        read_feed(document[:-200], "quant-ph")


ATOM = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom"><id>http://rss.arxiv.org/atom/x</id>
<title>{title}</title><entry><id>oai:arXiv.org:2508.13435v1</id><title>A title</title>
<summary>arXiv:2508.13435v1 Announce Type: new\nAbstract: An abstract.</summary>
<arxiv:announce_type>new</arxiv:announce_type></entry></feed>"""


@pytest.mark.parametrize(
    ("title", "asked", "expected"),
    [
        ("cs.AI updates on arXiv.org", (), ("cs.AI",)),
        ("cs.AI+quant-ph updates on arXiv.org", (), ("cs.AI", "quant-ph")),
        ("cs.AI, quant-ph updates on arXiv.org", (), ("cs.AI", "quant-ph")),
        ("papers", ("cs.CL",), ("cs.CL",)),
        ("cs.AI updates on arXiv.org", ("cs.AI", "cs.CL"), ("cs.AI", "cs.CL")),
    ],
)
def test_an_entry_without_a_category_is_in_those_asked_for(
    title: str, asked: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    (found,) = read_feed(ATOM.format(title=title).encode(), "x", asked).announcements
    assert found.paper.categories == expected


@pytest.mark.parametrize("title", ["papers", "cs updates on arXiv.org"])
def test_an_entry_of_which_nobody_knows_the_category_is_named_as_broken(title: str) -> None:
    with pytest.raises(FeedError, match=r"2508.13435v1.*no category"):
        read_feed(ATOM.format(title=title).encode(), "x")
