"""Frames the untrusted text of a paper for a prompt, so that it can neither end its frame nor imitate another."""

from __future__ import annotations

import re
from collections.abc import Sequence

from watcher.domain.papers.paper import Paper, PaperId
from watcher.domain.prompt import fingerprint
from watcher.domain.text import clipped, visible

# Anything that could be read as a frame's own tag.
_FRAME = re.compile(r"<(?=\s*/?\s*(?:paper|lines|summary)\b)", re.IGNORECASE)

# In characters. Of 8,841 real papers the longest title has 233 and the longest abstract 2,776. Only other text is cut:
# it must not fill the model's context window or cost money.
_LONGEST_TITLE = 500
_LONGEST_ABSTRACT = 4000
_LONGEST_ID = 40  # longer ones are seldom repeated without a slip


def id_line(paper: Paper) -> str:
    """The line that introduces a paper in a prompt, e.g. `arXiv:2306.12672`."""
    return f"arXiv:{asked_id(paper.id)}"


def asked_id(paper: PaperId) -> str:
    """The id by which a model is asked about a paper: the source's own id, or a hash of it if it is long or an address.
    An address is untrusted text and would stand outside the frame.
    """
    if paper.source == "link" or len(paper.native) > _LONGEST_ID:
        return f"w{fingerprint(str(paper))[:12]}"
    return paper.native


def quoted(paper: Paper) -> str:
    """A paper's id, title and abstract framed for a prompt: one line each, between `<paper KEY>` and `</paper KEY>`.

    The key is a hash of the framed text. The same paper always gives the same prompt, and no text can contain its own
    hash, so none can close its frame; any other tag that looks like a frame is broken up.

    Line breaks and invisible characters are removed, and a text longer than any real one is cut and ends in 「…」. TeX
    stays: models understand it, and quotations stay verbatim.
    """
    title, abstract = _inert(paper.title_raw, _LONGEST_TITLE), _inert(paper.abstract_raw, _LONGEST_ABSTRACT)
    text = f"{id_line(paper)}\nTitle: {title}\nAbstract: {abstract}"
    key = fingerprint(text)
    return f"<paper {key}>\n{text}\n</paper {key}>"


def framed(tag: str, lines: Sequence[str]) -> str:
    """Lines of untrusted text framed for a prompt, between `<tag KEY>` and `</tag KEY>`; KEY is a hash of them, so that
    no line can end the frame.
    """
    text = "\n".join(_line(line) for line in lines)
    key = fingerprint(text)
    return f"<{tag} {key}>\n{text}\n</{tag} {key}>"


def _line(text: str) -> str:
    """A line with its indentation, otherwise as `_inert`."""
    return " " * (len(text) - len(text.lstrip(" "))) + _inert(text, _LONGEST_ABSTRACT)


def _inert(text: str, limit: int) -> str:
    """The text on one line, cut at `limit` characters, with any `<paper` tag broken up."""
    return _FRAME.sub("‹", clipped(visible(text), limit))
