"""Forms in which feeds say the same: each was seen in a real document, and is told here in as few words as it needs."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from watcher.adapters.sources.web_feed import WebFeed, read_web_feed
from watcher.domain.errors import FeedError
from watcher.domain.papers.paper import Announcement
from watcher.ports import Reading

NOW = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
FEED = WebFeed("https://x.example.org/en/feed.xml", ("Sample",), ("topic",))
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
ATOM = "http://www.w3.org/2005/Atom"
FEEDBURNER = "http://rssnamespace.org/feedburner/ext/1.0"
HERE = "<title>T</title><link>https://x.org/post</link>"
RSC = "&lt;b&gt;Sample Sci.&lt;/b&gt;, 2026, Advance Article&lt;br/&gt;&lt;b&gt;DOI&lt;/b&gt;: 10.1039/D6SC00001A, Edge Article"


def read(document: str | bytes) -> Reading:
    return read_web_feed(document if isinstance(document, bytes) else document.encode(), FEED, NOW)


def entry(item: str) -> Announcement:
    """The only entry of an RSS feed with this item."""
    (said,) = read(f"<rss version='2.0'><channel><title>x</title><item>{item}</item></channel></rss>").announcements
    return said


def of_link(link: str) -> str:
    return str(entry(f"<title>A title</title><link>{link}</link>").paper.id)


@pytest.mark.parametrize(
    ("link", "paper"),
    [
        # Silverchair puts a number and the title after the DOI (pubs.rsc.org, academic.oup.com, 2026).
        ("https://pubs.example.org/cc/article/doi/10.1039/D6CC04090J/1291899/A-Title?ga=1", "doi:10.1039/d6cc04090j"),
        (
            "https://academic.example.org/sam/article-abstract/doi/10.1093/sam/rdag098/8780917",
            "doi:10.1093/sam/rdag098",
        ),
        # Hindawi's DOIs end in a number themselves.
        ("https://onlinelibrary.example.com/doi/10.1155/2026/6668985?af=R", "doi:10.1155/2026/6668985"),
        # ChemRxiv's DOIs of 2026, Research Square's and Preprints.org's: one for each version.
        ("https://chemrxiv.org/doi/full/10.26434/chemrxiv.10002006/v3?af=R", "doi:10.26434/chemrxiv.10002006/v1"),
        ("https://doi.org/10.20944/preprints202611.0123.v2", "doi:10.20944/preprints202611.0123.v1"),
        ("https://www.doi.org/10.1234%2FABC", "doi:10.1234/abc"),
        # Google's alerts by feed lead over Google (google.com/alerts/feeds, scholar.google.com/scholar_url).
        (
            "https://www.google.com/url?rct=j&amp;url=https://lab.example.org/post/&amp;ct=ga",
            "link:lab.example.org/post",
        ),
        ("https://scholar.google.co.jp/scholar_url?url=https://doi.org/10.1234/x&amp;hl=en", "doi:10.1234/x"),
        # A journal whose site is one document (erj.ajcass.com), and entries of a list on one page (a change log).
        ("https://erj.example.com/#/issue?id=123174&amp;year=2026", "link:erj.example.com#/issue?id=123174&year=2026"),
        ("https://lab.example.org/publications#sample2026", "link:lab.example.org/publications#sample2026"),
        ("https://lab.example.org/post#comments", "link:lab.example.org/post"),
        # Pages about arXiv's papers (feeds of Hugging Face's daily papers), and what readers are counted by (Medium).
        ("https://huggingface.co/papers/2306.12672", "arxiv:2306.12672"),
        ("https://www.alphaxiv.org/abs/2306.12672v2", "arxiv:2306.12672"),
        ("https://medium.com/p/sample-1a2b?source=rss-d7---4", "link:medium.com/p/sample-1a2b"),
        # Relative to the feed's own address: root.cern, intertwingly.net.
        ("/post/1", "link:x.example.org/post/1"),
        ("post/1", "link:x.example.org/en/post/1"),
    ],
)
def test_a_link_in_any_of_its_forms_names_the_paper(link: str, paper: str) -> None:
    assert of_link(link) == paper


@pytest.mark.parametrize(
    ("item", "paper"),
    [
        # HighWire's journals (science.sciencemag.org in 2021).
        (f"{HERE}<identifier>info:doi/10.1126/science.abj4606</identifier>", "doi:10.1126/science.abj4606"),
        # The Royal Society of Chemistry states the DOI at the head of the text alone.
        (f"{HERE}<description>{RSC}</description>", "doi:10.1039/d6sc00001a"),
        # A post that cites another work keeps its own address.
        (f"{HERE}<description>We build on Doe (DOI: 10.1234/x).</description>", "link:x.org/post"),
        # FeedBurner's own addresses (feeds.feedburner.com).
        (f"{HERE}<o:origLink xmlns:o='{FEEDBURNER}'>https://lab.example.org/1</o:origLink>", "link:lab.example.org/1"),
    ],
)
def test_an_identifier_is_found_where_a_feed_puts_it(item: str, paper: str) -> None:
    assert str(entry(item).paper.id) == paper


def test_the_base_of_a_document_and_of_an_entry_counts_for_its_links() -> None:
    reading = read(
        f"<feed xmlns='{ATOM}' xml:base='https://b.org/x/'><entry><title>One</title><link href='1'/></entry>"
        "<entry xml:base='y/'><title>Two</title><link href='2'/></entry></feed>"
    )
    assert [str(a.paper.id) for a in reading.announcements] == ["link:b.org/x/1", "link:b.org/x/y/2"]


def test_a_version_is_told_by_the_doi_where_each_has_one() -> None:
    link = "<title>T</title><link>https://chemrxiv.org/doi/full/10.26434/chemrxiv.10002006/v3?af=R</link>"
    assert entry(link).paper.version == 3


def test_an_address_that_is_only_in_the_guid_is_the_papers_address() -> None:
    said = entry("<title>T</title><guid isPermaLink='false'>https://lab.example.org/1</guid>")
    assert (str(said.paper.id), said.paper.url) == ("link:lab.example.org/1", "https://lab.example.org/1")


ITEM = "<item><title>A title</title><link>https://x.org/1</link></item>"
WHOLE: dict[str, str | bytes] = {
    "the document type of RSS 0.91, which declares nothing itself": (
        f'<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">'
        f'<rss version="0.91"><channel>{ITEM}</channel></rss>'
    ),
    "a comment before the declaration": f'\n<!-- cleaned --><?xml version="1.0"?><rss><channel>{ITEM}</channel></rss>',
    "a prefix that is not declared": f"<rss><channel>{ITEM.replace('</item>', '<itunes:author>A</itunes:author></item>')}"
    "</channel></rss>",
    "UTF-16 declared, and not written": f'<?xml version="1.0" encoding="utf-16"?><rss><channel>{ITEM}</channel></rss>',
    "UTF-16": f'<?xml version="1.0" encoding="utf-16"?><rss><channel>{ITEM}</channel></rss>'.encode("utf-16"),
    "a bare ampersand beside CDATA": f"<rss><channel><title><![CDATA[a & b]]></title>{ITEM}<link>?a&b</link></channel></rss>",
    "CDATA in CDATA": "<rss><channel><item><title><![CDATA[A <![CDATA[title]]>]]></title><link>https://x.org/1</link></item>"
    "</channel></rss>",
    "white space in a namespace": f"<rss xmlns:g='http://g.org/g\n'><channel>{ITEM}<g:x/></channel></rss>",
    "a namespace of its own": f"<r:RDF xmlns:r='{RDF}' xmlns='http://x.org/rss/0.9/'><channel/>{ITEM}</r:RDF>",
    "items of another module inside": f"<r:RDF xmlns:r='{RDF}' xmlns='http://purl.org/rss/1.0/'><channel/>"
    + ITEM.replace("</item>", "<c:items xmlns:c='http://c.org/'><c:item/></c:items></item></r:RDF>"),
}  # feedjira, newsboat, rome, FeedKit and simplepie have documents of these forms among their tests


@pytest.mark.parametrize(
    ("declared", "codec"),
    [("", "cp1252"), ('encoding="UTF-8"', "cp1252"), ('encoding="ISO-8859-1"', "utf-8"), ('encoding="utf8mb4"', "utf-8"),
     ("", "euc_jp"), ("", "cp932")],
)  # fmt: skip
def test_a_document_in_another_encoding_than_it_says_is_read(declared: str, codec: str) -> None:
    # miniflux, picofeed and feedparser have such documents among their tests
    title = "ゲームの世界をよむ" if codec in {"euc_jp", "cp932"} else "L’été à Zürich"
    document = f'<?xml version="1.0" {declared}?><rss><channel>{ITEM.replace("A title", title)}</channel></rss>'
    assert read(document.encode(codec)).announcements[0].paper.title == title


@pytest.mark.parametrize("form", WHOLE)
def test_a_document_with_a_slip_that_hides_nothing_is_read(form: str) -> None:
    (said,) = read(WHOLE[form]).announcements
    assert (said.paper.title, str(said.paper.id)) == ("A title", "link:x.org/1")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"\x1f\x8b\x08\x00\x00", "compressed"),
        ('<?xml version="1.0"?><!-- x --><!DOCTYPE html><html/>', "a web page came"),
        ('<!DOCTYPE rss [<!ENTITY a "b">]><rss/>', "declares a document type"),
        ("<rss version='2.0'/>", "lists nothing"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(document: str | bytes, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        read(document)


def test_entries_that_share_an_address_are_one_only_if_they_say_the_same() -> None:
    titles = (
        "Sample 2.3.15",
        "Sample 2.3.9",
        "sample 2.3.15!",
        "[Added] A title that is long enough",
        "A title that is long enough",
    )
    links = ("https://x.org/log",) * 3 + ("https://x.org/2",) * 2
    items = "".join(f"<item><title>{t}</title><link>{u}</link></item>" for t, u in zip(titles, links, strict=True))
    reading = read(f"<rss><channel>{items}</channel></rss>")
    assert [a.paper.title for a in reading.announcements] == [titles[0], titles[3]]
    assert reading.broken == ("entry 2 ('https://x.org/log'): the id x.org/log is that of another entry",)


def test_the_authors_and_the_journal_are_those_that_a_reader_of_the_feed_sees() -> None:
    # RFC 4287: the feed's author is that of entries without one. An aggregator's entry names its feed (planet.gnome.org).
    blog, own = read(
        f"<feed xmlns='{ATOM}'><author><name>Ada Sample</name></author>"
        "<entry><title>One</title><link href='/1'/><source><id>u</id><title>Her journal</title></source></entry>"
        "<entry><title>Two</title><link href='/2'/><author><name>Ben Example</name></author></entry></feed>"
    ).announcements
    assert (blog.paper.authors, blog.paper.journal_ref) == (("Ada Sample",), "Her journal")
    assert own.paper.authors == ("Ben Example",)
    (note,) = read(
        '{"version": "https://jsonfeed.org/version/1", "author": {"name": "Ada Sample"}, "items": [{"id": "1", "url": "/1",'
        ' "title": "One", "date_published": "Fri, 20 Nov 2026 12:17:58 -0700"}]}'
    ).announcements
    assert (note.paper.authors, str(note.paper.id)) == (("Ada Sample",), "link:x.example.org/1")
    assert note.announced_on == date(2026, 11, 20)


def test_an_entry_of_j_stages_search_is_read_in_the_first_of_its_languages() -> None:
    # api.jstage.jst.go.jp/searchapi/do?service=3
    (said,) = read(
        f"<feed xmlns='{ATOM}' xmlns:prism='http://prismstandard.org/namespaces/basic/2.0/'><entry>"
        "<article_title><en><![CDATA[Foresight]]></en><ja>先見</ja></article_title>"
        "<article_link><en>https://www.jstage.jst.go.jp/article/sam/1/1/1_1/_article</en><ja>https://x.jp/</ja></article_link>"
        "<author><en><name>Ada SAMPLE</name><name>Ben EXAMPLE</name></en><ja><name>見本</name></ja></author>"
        "<material_title><en>Journal of Samples</en><ja>見本誌</ja></material_title><pubyear>2026</pubyear>"
        "<prism:doi>10.5363/sam.1.1_1</prism:doi></entry></feed>"
    ).announcements
    paper = said.paper
    assert (paper.title, paper.authors) == ("Foresight", ("Ada SAMPLE", "Ben EXAMPLE"))
    assert (str(paper.id), paper.journal_ref) == ("doi:10.5363/sam.1.1_1", "Journal of Samples")


def test_a_text_that_only_repeats_the_title_is_no_abstract() -> None:
    # nature.com, elifesciences.org: corrections and some articles
    assert entry("<title>A title</title><link>/1</link><description>A title</description>").paper.abstract == ""
    assert entry("<link>/1</link><description>Without a title</description>").paper.title == "Without a title"


LONG = "We ask whether a model of language keeps a model of the world. " * 4


@pytest.mark.parametrize(
    ("description", "abstract"),
    [
        ("Volume 67, Issue 4, December 2026, Page 283-289&lt;br/&gt;. &lt;br/&gt;", ""),  # tandfonline.com
        (".", ""),
        ("Journal of Sample Chemistry&lt;br/&gt;DOI: 10.1021/acs.sam.6c00772", ""),  # pubs.acs.org
        ("Ada Sample, Ben Example Applied Samples, vol. 198, pp. 115267 DOI: 10.1016/j.sam.2026.115267", ""),
        ("We ask a question. We answer it. DOI: 10.1234/x", "We ask a question. We answer it. DOI: 10.1234/x"),
        ("N/A. &lt;p&gt;PMID:34811330 | DOI:10.11646/sam.4999.5.8&lt;/p&gt;", ""),  # pubmed.ncbi.nlm.nih.gov
        ("We ask. PMID:34811330 | DOI:10.11646/sam.4999.5.8", "We ask."),
        ("Sample Science, Ahead of Print. &lt;br/&gt;", ""),  # journals.sagepub.com
        ("Sample Science, Ahead of Print. &lt;br/&gt;We ask.", "We ask."),
        ("Proceedings of Samples, Volume 123, Issue 47, November 2026. &lt;br/&gt;We ask.", "We ask."),  # pnas.org
        ("DOI: 10.3897/sam.1.2 Authors: Ada Sample Abstract: We ask. HTML XML PDF", "We ask."),  # pensoft.net
        ("We ask. The post A title appeared first on Sample Lab.", "We ask."),  # WordPress
        ("Comments", ""),  # news.ycombinator.com
    ],
)
def test_what_is_no_abstract_is_left_out(description: str, abstract: str) -> None:
    assert (
        entry(f"<title>A title</title><link>/1</link><description>{description}</description>").paper.abstract
        == abstract
    )


def test_a_teaser_that_is_cut_off_gives_way_to_the_whole_text_if_that_is_no_longer_than_an_abstract() -> None:
    # pubmed.ncbi.nlm.nih.gov
    parts = "<title>T</title><link>/1</link><description>{}</description><c:encoded xmlns:c='{}'>{}</c:encoded>"
    content = "http://purl.org/rss/1.0/modules/content/"
    assert entry(parts.format(f"{LONG} and so...", content, f"{LONG} and so on.")).paper.abstract.endswith("and so on.")
    assert entry(parts.format(f"{LONG} and so...", content, LONG * 40)).paper.abstract.endswith("and so...")
    assert entry(parts.format(LONG, content, f"{LONG} and so on.")).paper.abstract == LONG.strip()


def test_what_surrounds_the_abstract_at_the_royal_society_of_chemistry_is_no_part_of_it() -> None:
    said = entry(
        "<title>T</title><link>/1</link><description>Sample Sci. , 2026, Advance Article DOI : 10.1039/D6EE00100A,"
        " Communication Open Access This article is licensed under a Creative Commons Attribution 3.0 Unported Licence."
        " We ask. To cite this article before page numbers are assigned, use the DOI form of citation above. The content"
        " of this RSS Feed (c) The Royal Society of Chemistry</description>"
    )
    assert said.paper.abstract == "We ask."


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "&amp;lt;i&amp;gt;map3k1&amp;lt;/i&amp;gt; in planarians",
            "map3k1 in planarians",
        ),  # elifesciences.org, by a relay
        ("&lt;i&gt;x&lt;/i&gt; &amp;lt;b&amp;gt;", "x <b>"),
        ("Tags such as &amp;lt;think&amp;gt;", "Tags such as <think>"),
        ("&lt;svg&gt;&lt;path d='M1 2'/&gt;&lt;/svg&gt;A drawing", "A drawing"),  # intertwingly.net
        (
            "A &lt;math&gt;&lt;mi&gt;k&lt;/mi&gt;&lt;annotation encoding='TeX'&gt;k&lt;/annotation&gt;&lt;/math&gt;-core",
            "A k-core",
        ),
        ("H&lt;sub&gt;2&lt;/sub&gt;O &lt;mml:math&gt;&lt;mml:mi&gt;x&lt;/mml:mi&gt;&lt;/mml:math&gt;", "H2O x"),
    ],
)
def test_a_title_with_markup_is_what_a_person_reads(title: str, text: str) -> None:
    assert entry(f"<title>{title}</title><link>/1</link>").paper.title == text


@pytest.mark.parametrize(
    "said",
    ["Di, 24 Nov 2026 00:00:00 +0000", "mar, 24 nov 2026 00:38:15 +0100", "Nov 24 2026 12:00AM", "24 November 2026",
     "November 24, 2026", "2026/11/24", "24.11.2026 12:16:00", "2026年11月24日", "2026-11-24T00:00+0900"],
)  # fmt: skip
def test_a_date_is_read_in_the_forms_that_feeds_have(said: str) -> None:
    assert entry(f"<title>T</title><link>/1</link><pubDate>{said}</pubDate>").announced_on == date(2026, 11, 24)
