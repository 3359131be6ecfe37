"""Settings -> the language model of a stage, and whether its server still offers it."""

from __future__ import annotations

from urllib.parse import urlsplit

from watcher.adapters.llm.dialects import DIALECTS, Chat, Dialect
from watcher.adapters.llm.missing import MissingModel
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.store import SqlStore
from watcher.domain.errors import ModelRefused
from watcher.ports import LanguageModel
from watcher.settings import Settings

OPENAI = "https://api.openai.com/v1"
STAGES = ("score", "summarize")


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
        name,
        env.OPENAI_BASE_URL,
        env.OPENAI_API_KEY,
        store,
        dialect=dialect_of(settings),
        flex=stage == "score" and settings.values.score.tier == "flex",
        timeout=llm.timeout_seconds,
        prices=llm.prices,
    )


def dialect_of(settings: Settings) -> Dialect:
    """The configured dialect; `auto` is Responses at OpenAI's own server, chat at any other."""
    own = urlsplit(settings.env.OPENAI_BASE_URL).hostname == urlsplit(OPENAI).hostname
    api = settings.values.llm.api
    if api == "responses" or (api == "auto" and own):
        return DIALECTS["responses"]
    return Chat("max_completion_tokens") if own else DIALECTS["chat"]


def not_offered(settings: Settings, store: SqlStore) -> list[str]:
    """Asks whether the configured models are still offered; what is wrong, once for each model, with the remedy.

    Servers that do not say, or cannot be reached now, are tolerated.
    """
    found: dict[str, None] = {}
    for stage in STAGES:
        model = make_model(settings, stage, store)
        if not isinstance(model, OpenAIModel):
            continue
        with model:
            try:
                model.check()
            except ModelRefused as error:
                found[str(error)] = None
    return list(found)
