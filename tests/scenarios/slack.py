"""What a curator sees in the channel."""

from __future__ import annotations

import re
from typing import Any

from tests.servers.slack import LocalSlack, buttons


def cards(slack: LocalSlack) -> dict[str, dict[str, Any]]:
    """The channel's cards by arXiv id: what has buttons, or names the reactions that take their place."""
    found = {}
    for post in slack.posts():
        if buttons(post) or "リアクション" in str(post["blocks"]):
            match = re.search(r"arxiv\.org/abs/([\d.]+)", str(post["blocks"]))
            assert match is not None
            assert match[1] not in found, "a card was posted twice"
            found[match[1]] = post
    return found


def actions(post: dict[str, Any]) -> set[str]:
    return {button["action_id"] for button in buttons(post)}
