"""Morphological analysis (word segmentation, parts of speech) of Japanese by SudachiPy with its small dictionary
(SudachiDict, Apache License 2.0).

Measured: 42 MB to download, 115 MB on disk, 0.03 s to load, 0.1 ms for a summary. unidic-lite and Janome are no longer
maintained; BudouX gives no parts of speech.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from watcher.domain.summaries.style import Morpheme
from watcher.domain.text import encodable


class Sudachi:
    """A morphological analyzer for Japanese: call it with a text to get the morphemes. It is safe to share between
    threads; the dictionary is loaded on first use.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokenizer: Any = None

    def __call__(self, text: str) -> Sequence[Morpheme]:
        """Split a text into its morphemes, in order. Their surfaces joined give the text, with U+FFFD for characters
        that UTF-8 cannot hold.
        """
        with self._lock:
            if self._tokenizer is None:
                from sudachipy import Dictionary, SplitMode  # noqa: PLC0415 - most commands analyze nothing

                self._tokenizer = Dictionary(dict="small").tokenizer(mode=SplitMode.C)
            return [
                Morpheme(m.surface(), pos[0], pos[1], pos[4], m.dictionary_form())
                for m in self._tokenizer.tokenize(encodable(text))
                for pos in [m.part_of_speech()]
            ]
