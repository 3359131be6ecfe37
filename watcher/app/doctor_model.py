"""Settings -> what was found of the language models: each is asked to score two papers, and its answer is read as the
product reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from watcher.adapters.llm.durable import DurableModel
from watcher.adapters.llm.openai import OpenAIModel
from watcher.adapters.store import SqlStore
from watcher.app.files import read_prompts
from watcher.app.models import SHARES, make_model
from watcher.domain.checkup import Checkup, Health
from watcher.domain.errors import BadReply, ConfigError, ModelRefused, QuestionRefused, WatcherError
from watcher.domain.facts import Candidate
from watcher.domain.paper import AnnounceType, Paper, PaperId
from watcher.parts import Meter
from watcher.ports import Batch, Clock, LanguageModel
from watcher.settings import Settings
from watcher.stages.score import score

# What an error tells to do -> the sign of the finding.
_SIGNS = {
    "OPENAI_API_KEY": "key",
    "add credit": "credit",
    "WATCHER_MODEL": "not_offered",
    "rights": "access",
    "answer_tokens": "limit",
    "network": "unreachable",
    "OPENAI_BASE_URL": "address",
}

# Two known papers, in words of our own: one about a world model, one not.
_PAPERS = (
    (
        "1803.10122",
        "World Models",
        """An agent learns a model of its environment from what it sees. A small controller that is trained inside the
        model's own predictions acts well in the real environment.""",
    ),
    (
        "1412.6980",
        "Adam: A Method for Stochastic Optimization",
        """A first-order method for optimizing stochastic objectives keeps running averages of gradients and of their
        squares. It needs little memory and little tuning.""",
    ),
)


def model_checkups(settings: Settings, store: SqlStore, clock: Clock) -> Iterator[Checkup]:
    """What each configured model answers; `store` is thrown away, so that nothing learned or recorded here stays."""
    for stage in {settings.model_for(stage): stage for stage in SHARES}.values():
        model = make_model(settings, stage, store, clock)
        try:
            yield _asked(model, settings, store, clock)
        except ConfigError:
            return  # it is told as a finding of the configuration
        except WatcherError as error:
            yield Checkup("model", Health.BROKEN, _sign(error, model), str(error))
        finally:
            if isinstance(model, OpenAIModel):
                model.close()


def _asked(model: LanguageModel, settings: Settings, store: SqlStore, clock: Clock) -> Checkup:
    """Raises what the model raises."""
    if isinstance(model, OpenAIModel):
        model.check()
    metered = Meter(DurableModel(model, store, clock))
    topic = settings.topics[0]
    scored = score(_batch(topic.slug, clock()), topic, metered, read_prompts(settings.config)[0])
    if scored.missed:
        return Checkup("model", Health.BROKEN, "no_answer", f"{model.name}: {scored.missed[0].error}")
    usage = metered.usage
    tokens = usage.prompt_tokens + usage.completion_tokens
    taken = model.response_format if isinstance(model, OpenAIModel) else ""
    told = f"{model.name}: {taken}, {tokens} tokens, ${usage.cost_usd:.6f}"
    if taken == "json_schema":
        return Checkup("model", Health.OK, detail=told)
    return Checkup("model", Health.WARNING, "no_schema", told)


def _sign(error: WatcherError, model: LanguageModel) -> str:
    if not isinstance(model, OpenAIModel):
        return "missing"
    if isinstance(error, BadReply | QuestionRefused) and "answer_tokens" not in error.remedy:
        return "no_answer"
    otherwise = "refused" if isinstance(error, ModelRefused) else "failing"
    return next((sign for told, sign in _SIGNS.items() if told in error.remedy), otherwise)


def _batch(topic: str, now: datetime) -> Batch:
    candidates = [
        Candidate(number, topic, _paper(*known), AnnounceType.NEW, now) for number, known in enumerate(_PAPERS, 1)
    ]
    return Batch(0, tuple(candidates))


def _paper(native: str, title: str, abstract: str) -> Paper:
    return Paper(
        id=PaperId("arxiv", native),
        version=1,
        title_raw=title,
        abstract_raw=abstract,
        authors_raw="",
        title=title,
        abstract=abstract,
        authors=(),
        categories=("cs.LG",),
        url=f"https://arxiv.org/abs/{native}",
    )
