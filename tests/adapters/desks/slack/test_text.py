"""Untrusted text for Slack: nothing in it acts, nothing visible is lost, no limit is passed, nothing is cut apart."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.adapters.desks.slack.messages.text import fit, fit_safe, link, listing, safe, units
from watcher.domain.text import visible

JOINER = "\u2060"
TRICKY = st.text(alphabet=st.sampled_from("<>&*_~`:|abあ漢か\u3099\u200b👍🏽👩‍💻🇯🇵 \n"), max_size=200)


@given(st.text() | TRICKY)
def test_text_with_room_shows_every_visible_character(text: str) -> None:
    assert html.unescape(safe(text, 10_000)).replace(JOINER, "") == visible(text)


@given(st.text() | TRICKY, st.integers(1, 60))
def test_no_limit_is_passed_and_no_entity_is_cut(text: str, limit: int) -> None:
    cut = safe(text, limit)

    assert units(cut) <= limit
    assert "<" not in cut
    assert ">" not in cut
    assert "&" not in cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@given(TRICKY, st.integers(1, 60))
def test_cutting_safe_text_again_leaves_it_safe(text: str, limit: int) -> None:
    cut = fit_safe(safe(text, 10_000), limit)

    assert units(cut) <= limit
    assert "&" not in cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@pytest.mark.parametrize("mark", ["*", "_", "~", "`"])
def test_a_mark_stands_between_joiners_so_that_it_formats_nothing(mark: str) -> None:
    assert safe(f"{mark}a{mark}", 100) == f"{JOINER}{mark}{JOINER}a{JOINER}{mark}{JOINER}"


def test_an_emoji_code_and_a_leading_quote_mark_have_no_effect() -> None:
    assert safe(":smile: x", 100) == f":{JOINER}smile: x"
    assert safe("> x", 100) == f"{JOINER}&gt;{JOINER} x"


def test_an_ordinary_colon_is_left_alone() -> None:
    assert safe("GPT: a study at 12:30", 100) == "GPT: a study at 12:30"


@pytest.mark.parametrize("cluster", ["👩‍💻", "か\u3099", "🇯🇵", "👍🏽", "e\u0301"])
def test_a_character_of_several_code_points_is_kept_whole_or_left_out(cluster: str) -> None:
    size = units(cluster)

    assert fit(cluster * 3, size * 3) == cluster * 3
    assert fit(cluster * 3, size * 3 - 1) == cluster * 2 + "…"
    assert fit(cluster * 3, size * 2) == cluster + "…"


def test_a_link_escapes_its_address() -> None:
    assert link("https://a.example/?x=1&y=2", "A & B", 100) == "<https://a.example/?x=1&amp;y=2|A &amp; B>"


def test_a_listing_shows_whole_items_and_counts_the_rest() -> None:
    assert listing("h", ["aaaa", "bbbb", "cccc"], 21, lambda n: f"+{n}") == "h\n• aaaa\n• bbbb\n+1"
    assert listing("h", ["aaaa"], 100, lambda n: f"+{n}") == "h\n• aaaa"
