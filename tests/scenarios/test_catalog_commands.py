"""The catalog's commands on the real catalog, with a loopback arXiv API."""

from __future__ import annotations

import json

import pytest

from tests.adapters.enrich.conftest import seeds
from tests.scenarios.conftest import Deployment
from tests.scenarios.test_catalog_check import SEQUEL
from tests.servers.arxiv_api import ArxivApi
from tests.servers.figures import Figures
from tests.services import that_know_the_venues

pytestmark = pytest.mark.endurance


def test_check_names_what_is_wrong_and_changes_nothing(deployment: Deployment) -> None:
    before = deployment.catalog.read_bytes()
    with ArxivApi([*seeds(), SEQUEL]) as api:
        deployment.env["WATCHER_ARXIV_API_URL"] = api.url
        as_text, as_json = deployment("catalog", "check"), deployment("catalog", "check", "--json")

    assert as_text.code == as_json.code == 0, as_text.err + as_json.err
    findings = as_json.json["findings"]
    assert len(findings) >= 35
    assert "Visual Instruction Tuning" in as_text.out
    assert any(f["kind"] == "total" for f in findings)
    assert len(as_json.json["silent_services"]) == 2
    assert as_text.out.count("出版情報は、応答のあったところと前回までの回答だけで確かめました：") == 2
    assert deployment.catalog.read_bytes() == before


def test_services_settle_venues_and_the_reason_is_shown(deployment: Deployment) -> None:
    with ArxivApi([*seeds(), SEQUEL]) as api, Figures() as figures:
        that_know_the_venues(figures)
        urls = {"WATCHER_ARXIV_API_URL": api.url, "WATCHER_S2_URL": figures.url, "WATCHER_CROSSREF_URL": figures.url}
        deployment.env |= urls
        as_text, as_json = deployment("catalog", "check"), deployment("catalog", "check", "--json")

    assert as_text.code == as_json.code == 0, as_text.err + as_json.err
    assert as_json.json["silent_services"] == []
    venues = {(f["number"], f["proposal"]) for f in as_json.json["findings"] if f["cell"] == "venue"}
    assert {(2, None), (5, None), (8, None)}.isdisjoint(venues), "they are confirmed"
    assert {(6, None), (7, None), (10, "ICLR 2024"), (14, None)} <= venues
    assert "　　根拠：Semantic Scholar（venue）：externalIds.DBLP: conf/iclr/TanZLZWA24" in as_text.out
    paths = [asked.path.partition("?")[0] for asked in figures.asked]
    assert paths == ["/graph/v1/paper/batch", "/works", "/graph/v1/paper/search", "/graph/v1/paper/search"]


def test_what_needs_no_network_is_checked_without_arxiv_and_what_was_not_is_said(deployment: Deployment) -> None:
    text = deployment.catalog.read_text(encoding="utf-8")
    row = next(line for line in text.split("\n") if line.startswith("| **2. "))
    deployment.catalog.write_text(text.replace(row, f"{row}\n{row}"), encoding="utf-8")
    deployment.env["WATCHER_ARXIV_API_URL"] = "http://127.0.0.1:9/"
    as_text, as_json = deployment("catalog", "check"), deployment("catalog", "check", "--json")

    assert (as_text.code, as_json.code) == (1, 1)
    assert "arXiv に問い合わせられなかったため、27本のうち27本は" in as_text.out
    assert {f["kind"] for f in as_json.json["findings"]} == {"duplicate", "number", "total", "unlisted"}
    assert len(as_json.json["unchecked"]) == 27
    assert len(as_text.err.strip().splitlines()) == 1
    assert "論文の情報を読めませんでした" in as_text.err


def test_a_card_shows_the_row_it_would_become(deployment: Deployment) -> None:
    deployment.run()

    row = deployment("catalog", "row", "2606.27483")
    deployment("decide", "2606.27483", "approve")

    assert row.code == 0, row.err
    assert row.out.rstrip("\n") in deployment.catalog.read_text(encoding="utf-8").split("\n")
    assert deployment("catalog", "row", "2606.27483").out == row.out, "what stands keeps its own number"


def test_the_catalog_comes_out_in_every_form(deployment: Deployment) -> None:
    deployment.run()
    deployment("decide", "2606.27483", "approve")

    forms = {
        form: deployment("catalog", "export", "--format", form)
        for form in ("json", "csv", "bibtex", "ris", "csl-json", "atom", "html")
    }

    assert {form: done.code for form, done in forms.items()} == dict.fromkeys(forms, 0)
    assert "2606.27483" in json.dumps(forms["json"].json)
    assert all("2606.27483" in done.out for done in forms.values())
    (added,) = [item for item in json.loads(forms["csl-json"].out) if item.get("number") == "arXiv:2606.27483"]
    assert len(added["author"]) > 1, "the catalog names the first author only, the feed named all"
    assert deployment("catalog", "export", "--format", "pdf").code == 2
