"""Prompt templates read from config/prompts/, and the hash of a prompt that is stored with every result made with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from string import Template

from watcher.domain.errors import ConfigError


def fingerprint(*parts: str) -> str:
    """A short stable hash of several texts in order: 16 hex digits of SHA-256."""
    whole = hashlib.sha256()
    for part in parts:
        data = part.encode()
        whole.update(len(data).to_bytes(8, "big"))  # so that ("ab", "c") and ("a", "bc") differ
        whole.update(data)
    return whole.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt template with `$name` placeholders. Raises ConfigError unless they are exactly the names in `allowed`."""

    name: str
    text: str
    allowed: frozenset[str]

    def __post_init__(self) -> None:
        """Raises ConfigError if the placeholders of the file are not exactly those that the stage fills."""
        template = Template(self.text)
        if not template.is_valid():
            raise ConfigError("a '$' is not followed by a name", about=self.about, remedy="write $$")
        gaps = frozenset(template.get_identifiers())
        if gaps != self.allowed:
            wrong = ", ".join(f"${name}" for name in sorted(gaps ^ self.allowed))
            wanted = ", ".join(f"${name}" for name in sorted(self.allowed))
            raise ConfigError(f"placeholders differ: {wrong}", about=self.about, remedy=f"use exactly {wanted}")

    @property
    def about(self) -> str:
        """The name of the prompt's file, for error messages."""
        return f"prompts/{self.name}.md"

    def fill(self, **values: str) -> str:
        """The prompt's text with each placeholder replaced by the keyword argument of its name; a `$` inside a value
        has no meaning.
        """
        return Template(self.text).substitute(values)
