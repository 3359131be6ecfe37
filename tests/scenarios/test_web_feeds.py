"""A day with a journal's feed and a laboratory's blog beside arXiv: to cards, to rows, out of the catalog, and quiet again."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from tests.scenarios.conftest import CATEGORIES, FEED, NOW, Deployment
from tests.scenarios.test_another_source import all_belong
from tests.servers.arxiv import ArxivServer
from tests.servers.llm import Behavior, LlmServer
from tests.servers.oai import OaiArchive

DOI = "10.1016/s0140-6736(26)00001-w"
POST = "lab.example.org/posts/world_models"
KNOWN = "2606.27406"  # a paper of arXiv's feed of the day, which the journal publishes
JOURNAL = f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/">
<channel rdf:about="x"><title>Sample Journal</title><link>x</link><description/></channel>
<item rdf:about="1"><title>World models in <i>language models</i></title><link>https://journal.example.org/doi/{DOI}</link>
<description>We find a world model in a large language model, and plan with it.</description>
<dc:creator>Ada Sample</dc:creator><dc:creator>Ben Example</dc:creator><dc:date>2026-06-28</dc:date>
<prism:doi>{DOI.upper()}</prism:doi><prism:publicationName>Sample Journal of AI</prism:publicationName></item>
<item rdf:about="2"><title>Version of record</title><link>https://journal.example.org/arxiv</link>
<description>World model.</description><dc:date>2026-06-28</dc:date><dc:identifier>https://doi.org/10.48550/arXiv.{KNOWN}</dc:identifier></item>
</rdf:RDF>"""
BLOG = f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Lab</title><id>x</id><updated>2026-06-28T00:00:00Z</updated>
<entry><id>1</id><title>A post on world models of a language model</title><link href="https://{POST}/?utm_source=rss"/>
<updated>2026-06-28T00:00:00Z</updated><author><name>Carla Test</name></author>
<summary>What our language model plans with its world model.</summary></entry></feed>"""

EMPTY = b"<rss version='2.0'><channel><title>A search that has found nothing</title></channel></rss>"


@pytest.mark.endurance
def test_a_day_with_feeds_beside_arxiv_goes_to_cards_and_rows_and_out_again(
    deployment: Deployment, llm: LlmServer, tmp_path: Path
) -> None:
    before = deployment.catalog.read_bytes()
    llm.always(Behavior(say=all_belong))
    feeds = {CATEGORIES: FEED.read_bytes(), "journal": JOURNAL.encode(), "blog": BLOG.encode(), "search": EMPTY}
    with ArxivServer(feeds, OaiArchive(now=datetime.fromisoformat(NOW))) as server:
        deployment.configure(tmp_path / "feeds", "batch_size = 15", "batch_size = 15")
        topic = tmp_path / "feeds" / "topics" / "llm-x-world-models.toml"
        named = f'[feeds]\n"Sample Journal" = "{server.rss_url}journal"\nLab = "{server.rss_url}blog"\nSearch = "{server.rss_url}search"\n'
        topic.write_text(f"{topic.read_text('utf-8')}\n{named}", encoding="utf-8")
        deployment.env |= {"WATCHER_ARXIV_RSS_URL": server.rss_url, "WATCHER_ARXIV_OAI_URL": server.oai_url}
        first = deployment("run", "--now", NOW, "--json")
        assert [(s["name"], s["state"], s["entries"], s["new"]) for s in first.json["sources"][1:4]] == [
            ("Sample Journal", "fresh", 2, 1),
            ("Lab", "fresh", 1, 1),
            ("Search", "quiet", 0, 0),
        ]
        assert first.code == 1, "the paper of arXiv's could not be looked up, which is told"
        assert "arXiv" in first.err + first.out
        asked = [ident for request in llm.asked for ident in request.ids]
        assert DOI in asked
        assert not any("lab.example.org" in ident for ident in asked), "an address stands in no line of the prompt"

        server.feeds["journal"] = JOURNAL.split('<item rdf:about="2">', maxsplit=1)[0].encode() + b"</rdf:RDF>"
        second = deployment("run", "--now", NOW, "--json")
        assert second.code == 0, second.err
        assert (second.json["announced"], second.json["llm"]["calls"]) == (0, 0)
        assert "このフィードにはまだ何も載っていません" in deployment("doctor").out

    for paper in (f"https://doi.org/{DOI}", f"https://{POST}/"):
        added = deployment("decide", paper, "approve")
        assert added.code == 0, added.err
    rows = deployment.catalog.read_text("utf-8").split("\n")
    row = next(line for line in rows if "s0140-6736" in line)
    assert f"[doi:{DOI}](https://doi.org/10.1016/s0140-6736%2826%2900001-w)" in row
    assert "Sample Journal of AI" in row
    assert "Sample & Example" in row
    post = next(line for line in rows if POST in line)
    assert f"[{POST}](https://{POST})" in post

    exported = {
        form: deployment("catalog", "export", "--format", form).out
        for form in ("bibtex", "ris", "csl-json", "json", "html")
    }
    assert f"doi = {{{DOI}}}" in exported["bibtex"]
    assert "url = {https://doi.org/10.1016/s0140-6736%2826%2900001-w}" in exported["bibtex"]
    assert f"DO  - {DOI}" in exported["ris"]
    assert f"UR  - https://{POST}" in exported["ris"]
    assert {"DOI": DOI}.items() <= next(i for i in json.loads(exported["csl-json"]) if i.get("DOI") == DOI).items()
    assert f'href="https://{POST}"' in exported["html"]

    for paper in (DOI, f"https://{POST}"):
        assert deployment("undo", paper).code == 0
    assert deployment.catalog.read_bytes() == before
    assert re.search(r"Sample Journal", deployment("log", DOI).out)
