"""Adapts messages for a Slack app that receives no clicks: removes buttons, and names the reactions by which people
decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from watcher.adapters.desks.slack.messages.text import Blocks, context
from watcher.domain.curation.card import Card, CardState
from watcher.domain.facts import Verdict
from watcher.words_ja import slack as words

_CLICKED = frozenset({"button", "static_select", "overflow", "datepicker"})
_DECIDED = frozenset({CardState.REJECTED, CardState.APPROVED, CardState.CATALOGED})


def without_buttons(blocks: Blocks) -> Blocks:
    """Copy the blocks of a message, leaving out buttons and menus."""
    return [_plain(block) for block in blocks if block["type"] != "actions"]


def _plain(block: dict[str, Any]) -> dict[str, Any]:
    clicked = block.get("accessory", {}).get("type") in _CLICKED
    return {name: value for name, value in block.items() if name != "accessory" or not clicked}


def reactions_line(card: Card, verdicts: Mapping[str, Verdict]) -> Blocks:
    """The line of the message about a paper that says which emoji reactions decide, or, if it was decided here, how that
    is undone: what was decided at another desk has no reaction to take away. `verdicts` maps names of emoji to verdicts.
    """
    if card.state in _DECIDED and card.decision is not None and card.decision.desk == "slack":
        return [context(words.UNDO_BY_REACTION)]
    emoji = defaultdict[Verdict, list[str]](list)
    for name, verdict in verdicts.items():
        emoji[verdict].append(f":{name}:")
    return [context(words.reactions([(verdict, " ".join(names)) for verdict, names in emoji.items()]))]
