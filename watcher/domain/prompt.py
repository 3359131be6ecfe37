"""A prompt file with named gaps; its fingerprint travels with every verdict made from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from string import Template

from watcher.domain.errors import ConfigError


def fingerprint(*parts: str) -> str:
    """A short stable hash (16 hex digits of SHA-256) of texts in order."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode()
        whole.update(len(data).to_bytes(8, "big"))
        whole.update(data)
    return whole.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text from config/prompts/ with `$name` gaps; `allowed` must equal the gaps, both ways."""

    name: str
    text: str
    allowed: frozenset[str]

    def __post_init__(self) -> None:
        """Refuse a file whose gaps are not exactly the ones the stage fills. Raises ConfigError."""
        template = Template(self.text)
        if not template.is_valid():
            raise ConfigError("a '$' stands before something that is no name", about=self.about, remedy="write $$")
        gaps = frozenset(template.get_identifiers())
        if gaps != self.allowed:
            wrong = ", ".join(f"${name}" for name in sorted(gaps ^ self.allowed))
            wanted = ", ".join(f"${name}" for name in sorted(self.allowed))
            raise ConfigError(f"gaps differ: {wrong}", about=self.about, remedy=f"use exactly {wanted}")

    @property
    def about(self) -> str:
        """How errors name this prompt."""
        return f"prompts/{self.name}.md"

    def fill(self, **values: str) -> str:
        """Put the values into the gaps; a `$` inside a value is left alone."""
        return Template(self.text).substitute(values)
