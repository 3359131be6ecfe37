"""Texts that try to break out of where they are shown, and a card full of one."""

from __future__ import annotations

from dataclasses import replace

from tests.cards import card, paper, scored
from watcher.domain.curation.card import Card
from watcher.domain.facts import Cells, Summary, Violation

HOSTILE = [
    "<!channel> <!here> <!everyone> <@U01HANA> <#C01PAPERS> <!subteam^S1>",
    "<http://evil.example|arXiv> http://evil.example www.evil.example",
    "*bold* _italic_ ~gone~ `code` ```block``` > quote",
    "> quote at the start",
    ":rotating_light: :+1: @channel @hana #papers",
    "&lt;!channel&gt; &amp;amp; AT&T <= >=",
    r"$x_i^2 \leq \alpha$ and $\mathcal{W}_*$ with a_b*c*d_e",
    "3000 " + "long " * 600,
    "あ" * 3000,
    "👨‍👩‍👧‍👦" * 400,
    "&" * 3000,
    "*" * 3000,
    "e" + "\u0301" * 3000,
    "\u202eevil\u2066 \u200bzero\ufeff width \U000e0041tags",
    "a\nb\r\nc\u2028d\x00e\x0c",
    "lone \ud800 surrogate",
    "|pipe| > a | b >",
    "",
    "\u200b",
]


def everywhere(text: str) -> Card:
    """A card with one hostile text in every place that outsiders can fill."""
    of = paper(title=text, authors=(text,) * 40, categories=(text,) * 5)
    summary = Summary(text, (text,), (text,), (Violation("number", text),) * 30, "p", "m")
    shown = card(of=of, summary=summary, cells=Cells(*[text] * 7), trouble=text)
    return replace(
        shown,
        candidate=replace(shown.candidate, anomalies=("invisible", "unheard_of")),
        relevance=replace(scored(shown), reason_ja=text, criterion="z"),
    )
