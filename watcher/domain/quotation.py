"""A paper as a language model is shown it: untrusted text that cannot forge the frame around it."""

from __future__ import annotations

import re

from watcher.domain.paper import Paper
from watcher.domain.text import visible

_FRAME = re.compile(r"<(?=/?\s*paper\b)", re.IGNORECASE)


def label(paper: Paper) -> str:
    """The line that introduces a paper in a prompt, e.g. `arXiv:2306.12672`."""
    return f"arXiv:{paper.id.native}"


def quoted(paper: Paper) -> str:
    """The paper between `<paper>` and `</paper>`, one line for its id, one for its title, one for its abstract.

    Line breaks and invisible characters are taken out, so no text of a paper can start a line or hide.
    TeX is left as it stands: models read it, and quotes stay verbatim.
    """
    return "\n".join(
        (
            "<paper>",
            label(paper),
            f"Title: {_inert(paper.title_raw)}",
            f"Abstract: {_inert(paper.abstract_raw)}",
            "</paper>",
        )
    )


def _inert(text: str) -> str:
    return _FRAME.sub("‹", visible(text))
