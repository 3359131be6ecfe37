"""Builds the language model clients for the stages of the pipeline, and checks that the server still offers
the models.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from watcher.adapters.llm.dialects import DIALECTS, Chat, Dialect
from watcher.adapters.llm.recorded import MissingModel
from watcher.adapters.store import SqlStore
from watcher.adapters.store.coordination import DatabaseRateLimiter
from watcher.bootstrap import wall_clock
from watcher.domain.budget import Caps
from watcher.domain.errors import ModelRefused
from watcher.ports import Clock, LanguageModel, Reply, Request
from watcher.settings import Settings

if TYPE_CHECKING:
    from watcher.adapters.llm.openai import RateLimiter, SpendingGuard

OPENAI = "https://api.openai.com/v1"
SHARES = {"triage": 0.6, "score": 0.8, "summarize": 0.9, "verify": 1.0}
"""What each stage may bring the day's spending to: triage leaves something for the scoring of what it names, scoring for
the summaries of what it finds, and these for their verification.
"""


def make_model(settings: Settings, stage: str, store: SqlStore, clock: Clock = wall_clock) -> LanguageModel:
    """Build the client of the model configured for a stage. If a setting is missing, the result is a model that refuses
    every request with an error that names the setting.
    """
    if missing := missing_for(settings, stage):
        return MissingModel(" and ".join(missing))
    from watcher.adapters.llm.openai import OpenAIModel

    env, llm = settings.env, settings.values.llm
    return OpenAIModel(
        settings.model_for(stage),
        env.OPENAI_BASE_URL,
        env.OPENAI_API_KEY,
        store.models,
        dialect=dialect_of(settings),
        timeout=llm.timeout_seconds,
        prices=llm.prices,
        spending=_spending(settings, stage, store, clock),
        rate=_rate(settings, store),
        clock=clock,
    )


class LazyModel:
    """Language model client whose library is imported at the first request, because that import takes longer than most
    commands.
    """

    recorded = False

    def __init__(self, name: str, make: Callable[[], LanguageModel]) -> None:
        self.name = name
        self._make = make
        self._made: LanguageModel | None = None
        self._lock = threading.Lock()

    def ask(self, request: Request) -> Reply:
        """Send a request and return the reply, importing the client library first if necessary."""
        with self._lock:
            model = self._made = self._made or self._make()
        return model.ask(request)


def make_lazy_model(settings: Settings, stage: str, store: SqlStore, clock: Clock) -> LanguageModel:
    """Build the client of the model configured for a stage, whose library is loaded at the first request."""
    if missing_for(settings, stage):
        return make_model(settings, stage, store, clock)
    return LazyModel(settings.model_for(stage), partial(make_model, settings, stage, store, clock))


class ModelByStage:
    """A LanguageModel that dispatches each request, by its stage, to one of several clients of the same model."""

    def __init__(self, models: Mapping[str, LanguageModel]) -> None:
        self._models = models
        first = next(iter(models.values()))
        self.name, self.recorded = first.name, first.recorded

    def ask(self, request: Request) -> Reply:
        """Send a request to the client of its stage and return the reply."""
        return self._models[request.stage].ask(request)


def make_summarizer(settings: Settings, store: SqlStore, clock: Clock) -> LanguageModel:
    """Build the model client for writing and for verifying summaries, each within its share of the daily
    spending caps.
    """
    return ModelByStage({stage: make_lazy_model(settings, stage, store, clock) for stage in ("summarize", "verify")})


def _rate(settings: Settings, store: SqlStore) -> RateLimiter | None:
    """The rate limiter for the model server, shared by all stages and processes; None if no limits are configured."""
    host, llm = urlsplit(settings.env.OPENAI_BASE_URL).netloc.rpartition("@")[2], settings.values.llm
    kinds = {"requests": llm.requests_per_minute, "tokens": llm.tokens_per_minute}
    limits = {kind: most for kind, most in kinds.items() if most}
    if not limits:
        return None
    from watcher.adapters.llm.openai import RateLimiter

    return RateLimiter(DatabaseRateLimiter(store.database, host, limits))


def missing_for(settings: Settings, stage: str) -> list[str]:
    """The environment variables that must be set before a stage's model can be asked."""
    missing = [] if settings.model_for(stage) else ["WATCHER_MODEL"]
    if not settings.env.OPENAI_API_KEY and settings.env.OPENAI_BASE_URL.rstrip("/") == OPENAI:
        missing.append("OPENAI_API_KEY or OPENAI_BASE_URL")
    return missing


def _spending(settings: Settings, stage: str, store: SqlStore, clock: Clock) -> SpendingGuard | None:
    """The guard of a stage's share of the daily caps; None if there are no caps."""
    budget = settings.values.budget
    if budget.daily_tokens is None and budget.daily_usd is None:
        return None
    from watcher.adapters.llm.openai import SpendingGuard

    caps = Caps(budget.daily_tokens, budget.daily_usd).share(SHARES[stage])
    return SpendingGuard(store.models, caps, clock, answer_tokens=budget.answer_tokens)


def dialect_of(settings: Settings) -> Dialect:
    """Which OpenAI API requests use, Responses or chat completions. The setting `auto` means Responses for OpenAI's own
    server and chat completions for any other.
    """
    own = urlsplit(settings.env.OPENAI_BASE_URL).hostname == urlsplit(OPENAI).hostname
    api = settings.values.llm.api
    if api == "responses" or (api == "auto" and own):
        return DIALECTS["responses"]
    return Chat("max_completion_tokens") if own else DIALECTS["chat"]


def not_offered(settings: Settings, store: SqlStore) -> list[str]:
    """Ask the server whether it still offers the configured models; return an error message for each model that it does
    not.

    A server that does not list models, or cannot be reached now, passes.
    """
    from watcher.adapters.llm.openai import OpenAIModel

    found: dict[str, None] = {}
    for stage in {settings.model_for(stage): stage for stage in SHARES}.values():
        model = make_model(settings, stage, store)
        if not isinstance(model, OpenAIModel):
            continue
        with model:
            try:
                model.check()
            except ModelRefused as error:
                found[str(error)] = None
    return list(found)
