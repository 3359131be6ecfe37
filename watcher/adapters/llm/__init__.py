"""Language models by name; the annotation is the check that each builder gives a LanguageModel."""

from __future__ import annotations

from collections.abc import Callable

from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.llm.recorded import RecordedModel
from watcher.ports import LanguageModel

MODELS: dict[str, Callable[..., LanguageModel]] = {
    "openai": OpenAIModel,
    "recorded": RecordedModel,
}
