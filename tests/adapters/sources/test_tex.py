r"""TeX accents become Unicode letters; nothing else of a text changes."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.adapters.sources.paper import readable, unicode_accents

PAPERS = Path(__file__).parents[2] / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
# What may stand in a raw text where the decoded one has a letter beyond ASCII: a short macro, seen independently.
MACRO = r"\{?\\(?:[^\w\s]|[A-Za-z]{1,2})(?:\s?\{?\\?[A-Za-z]?\}?|\{\}| )\}?"


@cache
def witness(decoded: str) -> re.Pattern[str]:
    """Matches every raw text that differs from `decoded` in accent macros alone."""
    return re.compile("".join(re.escape(c) if c.isascii() else f"(?:{re.escape(c)}|{MACRO})" for c in decoded))


def texts() -> Iterator[str]:
    """Titles, abstracts and author names of 8,841 real papers."""
    with gzip.open(PAPERS, "rt", encoding="utf-8") as lines:
        for line in lines:
            paper = json.loads(line)
            yield from (paper["title"], paper["abstract"], *paper["authors"])


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        (r"Schr\"odinger, Cram\'er, \'Etude, \`a la, El Ni\~no, \^ile, \.Ismail", "Schrödinger, Cramér, Étude, à la, El Niño, île, İsmail"),
        (r"Fr\'{e}chet Schr{\"o}dinger {\"{U}}ber", "Fréchet Schrödinger Über"),
        (r"na\"{\i}ve Mart\'{\i} Mart\'\i nez \'\i{}x", "naïve Martí Martínez íx"),
        (r"\v{s} \c{c} \c cois \H{o} \k{a} \u{g} \r{A} \d{s} \v\i", "š ç çois ő ą ğ Å ṣ ǐ"),
        (r"{\L}\'od\'z M{\o}ller Glei{\ss}ner J\o rgensen \O{}re {\AE}r Gu{\dh}j\'onsson {\i}", "Łódź Møller Gleißner Jørgensen Øre Ær Guðjónsson ı"),
        (r"Nguy\~{\^e}n Nguy\~{\^{e}}n", "Nguyễn Nguyễn"),
        (r"\textbf{\'e} and \emph{\"o}", r"\textbf{é} and \emph{ö}"),
    ],
)  # fmt: skip
def test_accents_and_letters_become_unicode(raw: str, decoded: str) -> None:
    assert unicode_accents(raw) == decoded


@pytest.mark.parametrize(
    "text",
    [
        "50% of all, 50\\% of all % and a comment",
        r"\href{https://x.org/\'e}{b} \url{!channel \'e} \href{a}{b}",
        r"$\hat{x}\'e$ and \(\'e\) and \[\"o\] and $$\'e$$",
        r"line\\'e break, \_, \&, \#, \{\}",
        r"\r{ho} via \k{appa}, T{\"}ulu, Dr\. Kernel-14B",
        r"\alpha \ll \log \infty \leq \ldots \in \oint \ell \Omega \th_x",
        r"\unknown{\x} \~ \' \" \v \c{}",
        "trailing \\",
        "<b>&amp; already ünïcode</b>",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert unicode_accents(text) == text


def test_a_dollar_sign_that_is_money_hides_no_accent_after_an_escaped_one() -> None:
    assert unicode_accents(r"it costs \$5 for Andr\'e and \$6 for Ren\'e") == r"it costs \$5 for André and \$6 for René"


def test_white_space_folds() -> None:
    assert readable(" Two\n  lines\tof  Fr\\'echet ") == "Two lines of Fréchet"


@pytest.mark.endurance
def test_real_texts_lose_nothing_but_accent_macros() -> None:
    changed = 0
    for raw in texts():
        folded = " ".join(raw.split())
        decoded = readable(raw)
        if decoded != folded:
            changed += 1
            assert witness(decoded).fullmatch(folded), (raw, decoded)
    assert changed == 780


@given(st.text(alphabet="\\{}$%()[]'\"`^~=.aeivcs \n<&", max_size=80))
def test_any_text_loses_nothing_but_accent_macros(raw: str) -> None:
    decoded = unicode_accents(raw)
    assert witness(decoded).fullmatch(raw), (raw, decoded)


@pytest.mark.endurance
def test_decoding_a_hostile_text_takes_no_long_time() -> None:
    for piece in (r"\(", "$", "{\\'", "\\v ", "\\href{", "{", "$$"):
        assert len(unicode_accents(piece * 20_000)) <= 20_000 * len(piece)
