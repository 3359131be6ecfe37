"""A paper as a language model is shown it: untrusted text that cannot forge the frame around it."""

from __future__ import annotations

import re

from watcher.domain.paper import Paper
from watcher.domain.prompt import fingerprint
from watcher.domain.text import clipped, visible

_FRAME = re.compile(r"<(?=\s*/?\s*paper\b)", re.IGNORECASE)

# In characters. Of 8,841 real papers the longest title has 233 and the longest abstract 2,776, so only a text that is
# neither is cut: it must not fill a model's window or be paid for.
_LONGEST_TITLE = 500
_LONGEST_ABSTRACT = 4000


def label(paper: Paper) -> str:
    """The line that introduces a paper in a prompt, e.g. `arXiv:2306.12672`."""
    return f"arXiv:{paper.id.native}"


def quoted(paper: Paper) -> str:
    """The paper between `<paper KEY>` and `</paper KEY>`: one line for its id, one for its title, one for its abstract.

    The key is a hash of what stands between: the same paper makes the same question, and no text can hold the hash of
    itself, so none can close its own frame; what looks like a frame all the same is broken.
    Line breaks and invisible characters are taken out, so no text of a paper can start a line or hide; what is
    longer than any real title or abstract ends in 「…」. TeX is left as it stands: models read it, and quotes stay
    verbatim.
    """
    title, abstract = _inert(paper.title_raw, _LONGEST_TITLE), _inert(paper.abstract_raw, _LONGEST_ABSTRACT)
    text = f"{label(paper)}\nTitle: {title}\nAbstract: {abstract}"
    key = fingerprint(text)
    return f"<paper {key}>\n{text}\n</paper {key}>"


def _inert(text: str, limit: int) -> str:
    return _FRAME.sub("‹", clipped(visible(text), limit))
