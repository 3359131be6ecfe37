"""A paper has one id wherever it is announced: arXiv's, a DOI's, or that of its normalized address."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.factories import an_announcement
from watcher.domain.errors import UsageError
from watcher.domain.papers.paper import (
    PaperId,
    address_of,
    doi_in_link,
    find_doi,
    likeness,
    own_doi,
    paper_id,
    paper_of_doi,
    paper_of_link,
    version_of_doi,
)
from watcher.domain.summaries.cells import ADDRESS


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("doi:10.1038/S41586-024-07487-W", "10.1038/s41586-024-07487-w"),
        ("https://doi.org/10.1016/S0140-6736(24)00001-2", "10.1016/s0140-6736(24)00001-2"),
        ("http://dx.doi.org/10.1016/s0140-6736%2824%2900001-2?x=1", "10.1016/s0140-6736(24)00001-2"),
        ("Published as 10.1234/foo. Then", "10.1234/foo"),
        ("(10.1234/bar)", "10.1234/bar"),
        ("pubmed:40000001", None),
        ("tag:onlinelibrary.wiley.com,0000:/10.1002/sam.1", None),
        ("10.12/short", None),
        ("10.1234/" + "x" * 200, None),
    ],
)
def test_a_doi_is_found_in_what_feeds_write(text: str, doi: str | None) -> None:
    assert find_doi(text) == doi


@pytest.mark.parametrize(
    ("url", "doi"),
    [
        ("https://www.science.org/doi/abs/10.1126/science.aaa0001?af=R", "10.1126/science.aaa0001"),
        ("https://www.biorxiv.org/content/10.1101/2026.11.27.716344v2.full?rss=1", "10.1101/2026.11.27.716344"),
        ("https://www.frontiersin.org/articles/10.3389/fsamp.2026.0000001/full", "10.3389/fsamp.2026.0000001"),
        ("https://example.org/10.1/x", None),
    ],
)
def test_a_doi_is_found_in_a_publishers_address(url: str, doi: str | None) -> None:
    assert doi_in_link(url) == doi


def test_a_doi_names_the_paper_of_the_server_that_registered_it() -> None:
    assert paper_of_doi("10.48550/arxiv.2306.12672") == PaperId("arxiv", "2306.12672")
    assert paper_of_doi("10.64898/2026.04.03.716344") == PaperId("biorxiv", "10.64898/2026.04.03.716344")
    assert paper_of_doi("10.1101/857789").source == "biorxiv"
    assert paper_of_doi("10.1101/2026.11.20.26340123").source == "doi", "medRxiv's end in eight digits"
    assert paper_of_doi("10.1101/gr.279648.124").source == "doi", "a journal of the same publisher"
    assert paper_of_doi("10.26434/chemrxiv-2026-ab1cd-v2") == paper_of_doi("10.26434/chemrxiv-2026-ab1cd/v3")
    assert version_of_doi("10.26434/chemrxiv-2026-ab1cd/v3") == 3
    assert version_of_doi("10.1038/x-v3") == 1


def test_the_same_page_has_one_id_however_it_is_linked() -> None:
    same = [
        "https://lab.example.org/posts/world_models/",
        "http://LAB.example.org/posts/world_models?utm_source=rss&utm_medium=feed",
        "https://lab.example.org:443/posts/world_models#top",
    ]
    assert {paper_of_link(url) for url in same} == {PaperId("link", "lab.example.org/posts/world_models")}
    assert paper_of_link("https://lab.example.org/?p=812") != paper_of_link("https://lab.example.org/?p=813")
    assert paper_of_link("https://arxiv.org/pdf/2306.12672v2.pdf") == PaperId("arxiv", "2306.12672")
    assert paper_of_link("https://doi.org/10.1038/X") == PaperId("doi", "10.1038/x")
    for wrong in (
        "javascript:alert(1)",
        "https://user:pass@x.org/",
        "https://x y/",
        "ftp://x.org/a",
        "42",
        "https://[x/",
    ):
        assert paper_of_link(wrong) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://x.org/a_b/_c_/~d/(e)[f]|g`h",
        "https://x.org/%5Fa%2Fb?q=%3Cscript%3E&r=a+b",
        "https://x.org/日本語",
        "https://x.org",
        "https://x.org/100%",
        "https://x.org:8080/a",
        "https://x.org:8080/#/issue?id=1&year=2026",
        "https://x.org/log#2.3.15",
    ],
)
def test_the_address_of_an_id_names_it_again_and_holds_no_markup(url: str) -> None:
    paper = paper_of_link(url)
    assert paper is not None
    address = address_of(paper)
    assert paper_of_link(address) == paper
    assert ADDRESS.fullmatch(address), "a row may link to it"
    assert not set("()[]|`<>*~ ") & set(address)


def test_a_long_address_has_a_short_id_of_which_no_link_is_made() -> None:
    paper = paper_of_link("https://x.org/" + "a/" * 300)
    assert paper is not None
    assert len(str(paper)) <= 128
    assert address_of(paper) == ""
    assert paper != paper_of_link("https://x.org/" + "a/" * 301)


def test_an_address_is_made_of_a_doi_and_read_back() -> None:
    paper = PaperId("doi", "10.1016/s0140-6736(24)00001-2")
    assert address_of(paper) == "https://doi.org/10.1016/s0140-6736%2824%2900001-2"
    assert paper_id(address_of(paper)) == paper
    assert address_of(PaperId("doi", "10.1038/x](https://evil)")) == ""
    assert address_of(PaperId("link", "x.org/a](https://evil)")) == ""
    assert address_of(PaperId("mars", "1")) == ""


def test_an_id_that_a_person_typed_is_understood() -> None:
    assert paper_id("2306.12672v1") == PaperId("arxiv", "2306.12672")
    assert paper_id(" doi: 10.1038/ABC ") == PaperId("doi", "10.1038/abc")
    assert paper_id("https://lab.example.org/a/") == PaperId("link", "lab.example.org/a")
    with pytest.raises(UsageError):
        paper_id("nothing")


def test_papers_are_alike_by_title_and_first_author_however_they_are_written() -> None:
    paper = an_announcement().paper
    one = replace(paper, title="World Models: a study of language", authors=("Jürgen Müller", "B. Example"))
    other = replace(paper, title="World models — A Study of Language.", authors=("J. Muller",))
    assert likeness(one) == likeness(other) != ""
    assert likeness(one) != likeness(replace(other, authors=("K. Meier",)))
    assert likeness(replace(one, authors=())) == likeness(replace(one, title="Editorial")) == ""


def test_the_doi_of_a_work_is_that_of_its_id_or_the_one_that_arxiv_states() -> None:
    paper = an_announcement().paper
    assert own_doi(replace(paper, id=PaperId("doi", "10.1038/x"))) == "10.1038/x"
    assert own_doi(replace(paper, doi="10.1038/ABC")) == "10.1038/abc"
    assert own_doi(replace(paper, doi="10.48550/arXiv.2306.12672")) == ""
    assert own_doi(replace(paper, doi=None)) == ""
