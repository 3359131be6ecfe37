"""Finds Latin-script names (of models, datasets, …) in a Japanese text, and looks them up in the English source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_TOKEN = re.compile(r"[A-Za-zÀ-ɏ0-9]+(?:[-‐‑.'’_@][A-Za-zÀ-ɏ0-9]+)*\+*")
_LETTER = re.compile("[A-Za-zÀ-ɏ]")
_FIGURE = re.compile(r"[\d.]+[KkMBT]")  # "12K" is a number, not a name
_HYPHEN = re.compile("[-‐‑]")
_ANY_HYPHEN = r"[-‐‑–\s~]?"  # "few-shot", "few shot", "fewshot", and TeX's unbreakable space
_TEX = re.compile(r"\\[A-Za-z]+\s*|\\-|[{}$]")
_EXACT_FROM = 2  # capitals from which case matters: "LLaMA" is a spelling, "Transformer" just a word


def names(text: str) -> Iterator[re.Match[str]]:
    """The Latin-script names in a text, in order, with digits and inner hyphens (`GPT-4.1`, `Qwen2.5-3B`, `C++`)."""
    for match in _TOKEN.finditer(text):
        if _LETTER.search(match[0]) and not _FIGURE.fullmatch(match[0]):
            yield match


def without_tex(text: str) -> str:
    r"""The text without TeX commands, braces and dollar signs: `\textsc{Co}LA` becomes `CoLA`."""
    return _TEX.sub("", text)


def contains_name(source: str, name: str, aliases: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a source text contains a name, or one of its aliases, as a whole word.

    Case matters if the name has two or more capitals. A plural counts as the same name, a hyphen may be a space.
    """
    singular = name.removesuffix("s") if len(name) > _EXACT_FROM else name
    if _found(source, singular, exact=sum(c.isupper() for c in name) >= _EXACT_FROM):
        return True
    others = (*aliases.get(name, ()), *aliases.get(singular, ()))
    return any(_found(source, other, exact=False) for other in others)


def _found(source: str, phrase: str, *, exact: bool) -> bool:
    """Whether the phrase occurs as a whole word, in singular or plural."""
    words = _ANY_HYPHEN.join(re.escape(part) for part in _HYPHEN.split(phrase.replace(" ", "-")))
    pattern = rf"(?<![^\W_]){words}(?:e?s|['’]s)?(?![^\W_])"
    return re.search(pattern, source, 0 if exact else re.IGNORECASE) is not None
