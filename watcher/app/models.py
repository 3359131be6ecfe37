"""Settings -> the language model of a stage."""

from __future__ import annotations

from watcher.adapters.llm.missing import MissingModel
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.store import SqlStore
from watcher.ports import LanguageModel
from watcher.settings import Settings

OPENAI = "https://api.openai.com/v1"


def make_model(settings: Settings, stage: str, store: SqlStore) -> LanguageModel:
    """The configured model; one that says what is missing where it cannot be asked."""
    env, name = settings.env, settings.model_for(stage)
    missing = [] if name else ["WATCHER_MODEL"]
    if not env.OPENAI_API_KEY and env.OPENAI_BASE_URL.rstrip("/") == OPENAI:
        missing.append("OPENAI_API_KEY (or OPENAI_BASE_URL of another server)")
    if missing:
        return MissingModel(" and ".join(missing))
    llm = settings.values.llm
    return OpenAIModel(
        name, env.OPENAI_BASE_URL, env.OPENAI_API_KEY, store, timeout=llm.timeout_seconds, prices=llm.prices
    )
