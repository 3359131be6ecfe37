"""A Request, turned into a chat completion of any OpenAI-compatible server and its answer into a Reply."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import openai
import stamina
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionMessage

from watcher.adapters.llm.failures import BeyondRequest, Unsupported, translated
from watcher.domain.card import Usage
from watcher.domain.errors import ModelError, ModelRefused
from watcher.domain.text import encodable, visible
from watcher.ports import Abilities, Reply, Request

Prices = Mapping[str, tuple[float, float, float]]
"""US dollars per million tokens by model: (input, cached input, output)."""

# Ways to ask for JSON, best first; servers that lack one answer HTTP 400 or 422.
RUNGS = ("json_schema", "json_object", "plain")

_HIGHEST_COUNT = 2**31 - 1  # what an integer column of any database takes


class OpenAIModel:
    """A LanguageModel on chat.completions, which every compatible server speaks.

    `timeout` is in seconds a request. Failures that may pass are tried `attempts` times in all, `wait` seconds
    apart at first; a server that asks for more than `patience` seconds is left alone. `options` are further
    arguments of the call (temperature, reasoning_effort …); none are sent unless configured.
    """

    recorded = False

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key: str,
        abilities: Abilities,
        *,
        timeout: float = 120.0,
        attempts: int = 4,
        wait: float = 0.5,
        patience: float = 20.0,
        prices: Prices | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = model
        self._base_url = base_url
        self._key = api_key
        self._about = f"{model} at {urlsplit(base_url).netloc.rpartition('@')[2]}"
        self._abilities = abilities
        self._patience = patience
        self._prices = prices or {}
        self._options = options or {}
        # The SDK's own retries would repeat insufficient_quota, wait up to 120 s, and bill in secret. A local
        # server needs no key, but the SDK insists on one.
        self._client = openai.OpenAI(api_key=api_key or "none", base_url=base_url, timeout=timeout, max_retries=0)
        self._retrying = stamina.RetryingCaller(
            attempts=attempts, timeout=None, wait_initial=wait, wait_max=patience, wait_jitter=wait / 2
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, request: Request) -> Reply:
        """Answer by the best rung of RUNGS this server takes. Raises ModelError / ModelRefused."""
        known = self._abilities.ability(self._base_url, self.name)
        refusals: list[Unsupported] = []
        for rung in RUNGS[RUNGS.index(known) if known in RUNGS else 0 :]:
            try:
                completion = self._retrying(self._worth_repeating, self._complete, request, rung)
            except Unsupported as error:
                refusals.append(error)
                continue
            except BeyondRequest as error:
                return Reply("", self.name, error.finish, self._usage(request, self.name, None))
            if rung != known:
                self._abilities.learn_ability(self._base_url, self.name, rung)
            return self._reply(request, completion)
        raise refusals[0]

    def _worth_repeating(self, error: Exception) -> bool | float:
        """Stamina's question: no, yes, or yes after this many seconds."""
        if isinstance(error, ModelRefused | BeyondRequest) or not isinstance(error, ModelError):
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= self._patience else False

    def _complete(self, request: Request, rung: str) -> ChatCompletion:
        options = dict(self._options)
        if rung == "json_schema":
            form = {"name": request.schema_name, "strict": True, "schema": dict(request.schema)}
            options["response_format"] = {"type": rung, "json_schema": form}
        elif rung == "json_object":
            options["response_format"] = {"type": rung}
        try:
            completion: object = self._client.chat.completions.create(
                model=self.name,
                messages=[{"role": "system", "content": request.system}, {"role": "user", "content": request.user}],
                **options,
            )
        except (openai.OpenAIError, ValueError) as error:  # the SDK lets a malformed body's JSONDecodeError through
            raise translated(error, self._about, self._key) from None  # the cause may quote the key
        if not (isinstance(completion, ChatCompletion) and _answers(completion)):
            raise ModelError("the server's answer is not a chat completion", about=self._about)
        return completion

    def _reply(self, request: Request, completion: ChatCompletion) -> Reply:
        choice = completion.choices[0]
        model = _name(getattr(completion, "model", None), self.name, 200)
        usage = self._usage(request, model, completion.usage)
        if choice.message.refusal:
            return Reply(encodable(str(choice.message.refusal)), model, "refusal", usage)
        finish = _name(getattr(choice, "finish_reason", None), "stop", 32)
        return Reply(encodable(choice.message.content or ""), model, finish, usage)

    def _usage(self, request: Request, model: str, counted: CompletionUsage | None) -> Usage:
        sent, written = _count(counted, "prompt_tokens"), _count(counted, "completion_tokens")
        cached = _count(getattr(counted, "prompt_tokens_details", None), "cached_tokens")
        full, reduced, output = self._prices.get(self.name) or self._prices.get(model) or (0.0, 0.0, 0.0)
        return Usage(
            calls=1,
            prompt_tokens=sent,
            prompt_chars=len(request.system) + len(request.user),
            completion_tokens=written,
            cost_usd=((sent - cached) * full + cached * reduced + written * output) / 1_000_000,
        )


def _answers(completion: ChatCompletion) -> bool:
    """Whether a message stands in the completion: the SDK does not validate what it builds from a body."""
    choices = getattr(completion, "choices", None) or [None]
    message = getattr(choices[0], "message", None)
    return isinstance(message, ChatCompletionMessage) and isinstance(getattr(message, "content", None), str | None)


def _name(said: object, otherwise: str, longest: int) -> str:
    """A server's word that a reply is recorded with: what cannot be recorded would be paid for and lost."""
    return (visible(said)[:longest] if isinstance(said, str) else "") or otherwise


def _count(counted: object, field: str) -> int:
    """A count that servers may leave out, send as null or get wrong beyond all measure."""
    value = getattr(counted, field, None)
    return value if isinstance(value, int) and 0 <= value <= _HIGHEST_COUNT else 0
