"""Translates errors of a model server into this program's exceptions: extracts the server's message and codes from the
body, in whatever form, and classifies the refusal by HTTP status and message.

The messages were collected from public threads, which tests/adapters/llm/manners.py names. What no rule matches is
UNKNOWN.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any, Final

import openai

from watcher.adapters.llm.dialects import parsed
from watcher.domain.errors import ModelError, ModelRefused, QuestionRefused
from watcher.domain.text import clipped, visible
from watcher.logs import redact


class Kind(Enum):
    """The cause for which a model server refuses a request, such as key, credit, model, address, content, size or
    response format.
    """

    KEY = auto()
    CREDIT = auto()
    MODEL = auto()
    ACCESS = auto()
    ADDRESS = auto()
    CONTENT = auto()
    SIZE = auto()
    FORMAT = auto()
    LIMIT = auto()
    LIMIT_NAME = auto()
    SYSTEM = auto()
    FIELD = auto()
    PASSING = auto()
    UNKNOWN = auto()


LEFT_TO_PEOPLE = "a person decides about this paper"
_REFUSED: Mapping[Kind, tuple[str, str]] = {
    Kind.KEY: ("the server refuses the key", "check OPENAI_API_KEY"),
    Kind.CREDIT: ("the account's credit is used up", "add credit or use another key"),
    Kind.MODEL: ("the server does not offer this model", "set WATCHER_MODEL"),
    Kind.ACCESS: ("the server denies access", "check the key's project and rights"),
    Kind.ADDRESS: ("the server has no such endpoint", "check OPENAI_BASE_URL"),
}
_QUESTION: Mapping[Kind, tuple[str, str]] = {
    Kind.CONTENT: ("the server refuses this question for what it holds", LEFT_TO_PEOPLE),
    Kind.SIZE: ("this question is too long for the model", "ask about fewer papers at once"),
}
_ASPECT: Mapping[Kind, str] = {
    Kind.FORMAT: "the server does not take this response format",
    Kind.LIMIT: "the server does not allow so long an answer",
    Kind.LIMIT_NAME: "the server does not know this limit of an answer",
    Kind.SYSTEM: "the server takes no system message",
    Kind.FIELD: "the server does not know a field",
}
_MAY_PASS = frozenset({408, 409, 425, 429})  # timeout, conflict, too early, too many requests
_OF_ONE_QUESTION = frozenset({400, 403, 413, 422, 451})  # unexplained: other questions may get through
_OUTAGE = frozenset({503, 504, 529})  # these say by themselves that it is not this request


class NotOffered(ModelRefused):
    """Error: the model server does not offer the requested model (any more)."""


class FormRefused(QuestionRefused):
    """Error: the server does not accept a technical part of this request; `kind` says which (response format, a field,
    a limit …).
    """

    def __init__(self, message: str, kind: Kind, said: Said, *, about: str, remedy: str) -> None:
        super().__init__(message, about=about, remedy=remedy)
        self.kind = kind
        self.said = said


class Unexplained(QuestionRefused):
    """Error: the model server refused the request without naming a cause, which may be its content or its form."""


class Crowded(ModelError):
    """Error: the model server accepts no more requests for now (HTTP 429)."""


class Broke(ModelError):
    """Error: the model server failed at this request (HTTP 5xx): a temporary failure, or one caused by the request's
    response format.
    """


def translated(error: Exception, about: str, secret: str, question: str = "") -> ModelError:
    """Translate an exception of the OpenAI library into a ModelError about the model `about`, without the API key
    `secret`.

    `question` is the prompt that was sent, so that quotations of it are not taken for the server's words. Statuses and
    codes are from OpenAI's error guide; the words from tests/adapters/llm/manners.py.
    """
    match error:
        case openai.APITimeoutError():
            return ModelError("the server did not answer in time", about=about, remedy="check the network")
        case openai.APIConnectionError():
            return ModelError(
                "no connection to the server", about=about, remedy="check the network and OPENAI_BASE_URL"
            )
        case openai.APIStatusError():
            response = error.response
            said = said_in(response.text, question)
            failure = from_words(response.status_code, said, about, secret)
            failure.unanswered = True
            if failure.retry_after is None:
                failure.retry_after = retry_after(response.headers)
            return failure
        case _:
            return ModelError("the server's answer is not JSON", about=about, remedy="check OPENAI_BASE_URL")


def from_words(status: int, said: Said, about: str, secret: str) -> ModelError:
    """Build the exception for an HTTP status and the error message of a model server. With status 200 the message is an
    error all the same.
    """
    told = f"HTTP {status}, error {said.status}" if said.status and status < 400 else f"HTTP {status}"
    words = f"{told}: {quotable(said, secret)}"
    status = said.status or status if status < 400 else status
    kind = kind_of(status, said)
    if kind in _REFUSED:
        cause, remedy = _REFUSED[kind]
        refused = NotOffered if kind is Kind.MODEL else ModelRefused
        return refused(f"{cause}: {words}", about=about, remedy=remedy)
    if kind in _QUESTION:
        cause, remedy = _QUESTION[kind]
        return QuestionRefused(f"{cause}: {words}", about=about, remedy=remedy)
    if kind in _ASPECT:
        remedy = "lower [budget] answer_tokens" if kind is Kind.LIMIT else "check WATCHER_MODEL and [llm] api"
        return FormRefused(f"{_ASPECT[kind]}: {words}", kind, said, about=about, remedy=remedy)
    if kind is Kind.PASSING or status >= 500 or status in _MAY_PASS or status < 400:
        passing = Crowded if status == 429 else ModelError
        broke = status not in _OUTAGE | _MAY_PASS and status >= 400
        return (Broke if broke else passing)(words, about=about, retry_after=wait_in(said))
    if status in _OF_ONE_QUESTION:
        return Unexplained(words, about=about, remedy="check WATCHER_MODEL and [llm] api")
    return ModelRefused(words, about=about, remedy="check OPENAI_BASE_URL")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds to wait according to a response's headers: `retry-after-ms`, or `retry-after` as seconds or as a date
    (measured from the response's `date`); None if there is none.
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (ValueError, TypeError):  # no date, or one with and one without a zone
        return None


_I: Final = re.IGNORECASE
_NO: Final = (
    r"(?:not (?:supported|allowed|permitted|enabled|available|accepted|a (?:valid|known))|n[o']t support|unsupported"
    r"|unrecognized|unknown|unexpected|unavailable|unable|invalid|forbidden|extra inputs|incompatible|must|cannot|only"
    r"|fail|deprecated|instead|disabled|error|too (?:large|complex|deep|many)|missing)"
)


def _compiled(patterns: Mapping[Kind, str]) -> Mapping[Kind, re.Pattern[str]]:
    return {kind: re.compile(pattern, _I) for kind, pattern in patterns.items()}


_CODE_KINDS: Final = _compiled(
    {
        Kind.PASSING: r"json_validate_failed|tool_use_failed|output_parse_failed|insufficient_system_resource",
        Kind.KEY: r"invalid_?api_?key|api_?key_?invalid|invalid_authentication|authentication_error|unauthenticated|incorrect_api_key|unauthorized",
        Kind.CREDIT: r"insufficient_(?:user_)?(?:quota|credits?|balance|funds)|billing|arrearage|payment_required|credit|exceeded_current_quota|budget_exceeded|(?:spend|quota)_?(?:limit_)?reached|allocationquota\.freetieronly",
        Kind.MODEL: r"model_?(?:not_?found|not_?exist|decommissioned|not_?available|not_?supported)|(?:invalid|unknown|unsupported)_?model|deploymentnotfound|operationnotsupported",
        Kind.ACCESS: r"unsupported_country|account_deactivated|consumer_suspended|forbidden_region|no_access|terms_required|model_permission",
        Kind.SIZE: r"context_length|exceed_context|context_window|string_above_max|request_too_large|prompt_too_long|contextlength",
        Kind.CONTENT: r"content_?(?:filter|policy|violation|moderation|safety)|responsibleai|data_?inspection|invalid_prompt|moderation|safety|prohibited|sensitive|flagged|risk_control|blocked|guardrail|inappropriate|recitation|cyber_policy|bio_policy",
    }
)
_VAGUE_CODE: Final = re.compile(r"permission|access_?denied|not_authorized")  # says no more than HTTP 403
_EVERYBODY: Final = _compiled(
    {
        Kind.KEY: (
            r"(?:api|access|secret|security|auth\w*|bearer|subscription)[ _-]?(?:key|token)\b(?:(?!\.\s).){0,60}\b(?:not valid|invalid|incorrect|wrong|missing|expired|required|revoked|disabled|leaked)"
            r"|(?:invalid|incorrect|wrong|missing|expired|no|bad)(?:(?!\.\s).){0,20}\b(?:api|access|subscription|auth\w*)[ _-]?(?:key|token|header|credential)"
            r"|(?:no auth(?:entication)?|authentication) credentials|invalid authentication|auth(?:entication|orization) (?:failed|fails|error)|unauthorized|log ?in (?:fail|required)|无效的令牌|令牌(?:无效|已|不|状态|验证)|身份验证|invalid token|user not found|didn't provide an api key"
        ),
        Kind.CREDIT: (
            r"insufficient (?:\w+ )?(?:balance|credits?|quota|funds)|(?:out of|not enough|no (?:more )?|requires? more|used up (?:\w+ )?|run out of) ?(?:credits?|balance|funds)"
            r"|credit balance|(?:balance|credits?) (?:is |are )?(?:too low|insufficient|exhausted|depleted|used up|not enough)|exceeded your current quota|billing|payment (?:is )?required|in arrears|overdue"
            r"|spend(?:ing)? (?:limit|alert)|key limit exceeded|free (?:allocated )?quota|usage limits?\b|budget (?:has been |is |was )?(?:exceeded|exhausted|reached|depleted)|over budget|out of (?:\w+ ){0,2}quota|余额|欠费|额度"
        ),
        Kind.MODEL: (
            r"\bmodels?\b(?:(?!\.\s).){0,80}?(?:\bnot found|\b(?:does|do) not exist|\bnot exist\b|doesn't exist|\bis not (?:available|offered|served|found|a (?:valid|known) model)|not currently available|decommissioned|(?:has|have) been (?:deprecated|retired|removed|shut ?down|discontinued)|is no longer)"
            r"|(?:unknown|no such|invalid|not a valid) models?\b(?!\s+(?:parameter|option|input|output))|not a valid model|unsupported model\b(?! )|deployment(?:(?!\.\s).){0,60}(?:does not exist|not found)|no (?:allowed )?(?:endpoints?|providers?) (?:found|available) for|try pulling it|model_not_found|model (?:identifier|id)\b(?:(?!\.\s).){0,40}\binvalid|on-demand throughput|\bmodel (?:is |has been )?disabled|no models? loaded|multiple models are loaded|no (?:available channels?|healthy deployments?)|(?:does not|doesn't) support chat\b|only supports? stream|function '[^']*': not found|模型不存在|无可用渠道|无权(?:使用|访问)模型"
        ),
        Kind.ACCESS: (
            r"(?:\bnot have|n't have|\bno|\bdenied|\bwithout|\blacks?)\b(?:(?!\.\s).){0,20}\b(?:access|permissions?)\b|\b(?:access|permissions?)\b(?:(?!\.\s).){0,50}\b(?:is )?(?:denied|disabled|restricted)|terms acceptance|not authorized|not allowed to (?:access|use|sample)"
            r"|(?:country|region|location|territory)(?:(?!\.\s).){0,40}not (?:supported|available|allowed)|(?:account|organi[sz]ation|project|team|user)\b(?:(?!\.\s).){0,40}\b(?:suspended|deactivated|disabled|banned|blocked|restricted|terminated)"
            r"|must be verified|ip (?:address )?(?:is )?not (?:allowed|authorized)|data policy|privacy settings"
        ),
        Kind.ADDRESS: r"unexpected endpoint",
    }
)
_OF_EVERYBODY_BY_CODE: Final = {kind: pattern for kind, pattern in _CODE_KINDS.items() if kind in _EVERYBODY}
_CONTENT: Final = re.compile(
    r"content[ _-]?(?:filter|polic|management|moderat|safety|exists risk|violat|risk|restrict|review)|(?:usage|safety|acceptable use|community|use) (?:polic|guideline|system|filter|check|setting)"
    r"|moderation|flagged|inappropriate|(?:data|content|input|output|text) (?:inspection|security|audit)|prohibited|sensitive|objectionable|harmful|unsafe|offensive|illegal content|violates?\b|violating|violation"
    r"|(?:request|prompt|input|content|text|question|response)s? (?:(?:was|were|is|has been|have been|are) )?(?:blocked|rejected|filtered|censored|denied by (?:policy|filter))|blocked by|\bfiltered\b|guardrail|recitation|copyright|invalid prompt|risk control|jailbreak|legal reasons"
    r"|违规|敏感|不当|不合规|违反|安全(?:审核|风险|策略)|审核|风险|涉政|色情|不適切|ポリシー",
    _I,
)
_SIZE: Final = re.compile(
    r"context (?:length|size|window|limit)|maximum (?:context|input|prompt|sequence)|max(?:imum)?[ _](?:model|seq\w*|input)[ _]?len|(?:prompt|input|request|message|question|text|payload|body|entity|content)s?\b(?:(?!\.\s).){0,40}?\b(?:is |are )?too (?:long|large|big|many tokens)"
    r"|less than \d+ tokens|exceeded (?:\w+ ){0,2}(?:token|context|length) (?:limit|length|window)|exceeds?\b(?:(?!\.\s).){0,60}\b(?:tokens?|context|length|size|limit of \d+)|too many (?:input )?tokens|reduce (?:the )?(?:length|size|your prompt|input)|input length|longer than the model",
    _I,
)
_FORMAT: Final = re.compile(
    r"response[ _-]?format|json[ _-]?(?:schema|object|mode|output)|structured[ _-]?outputs?|text\.format|output_config|grammar|guided[ _](?:json|decoding)|\bschema\b|response_?(?:schema|mime)|output format|word ['\"‘“]?json|"
    r"\bstrict\b(?:(?!\.\s).){0,30}mode|xgrammar|requested parameters",
    _I,
)
_SYSTEM: Final = re.compile(
    r"\b(?:system|developer)\b[ '\"`]*(?:role|message|prompt|instruction)s?(?:(?!\.\s).){0,60}?"
    + _NO
    + r"|"
    + _NO
    + r"(?:(?!\.\s).){0,60}?\b(?:role|value)s?\b(?:(?!\.\s).){0,20}\b(?:system|developer)\b"
    r"|roles?\b(?:(?!\.\s).){0,60}(?:alternate|\bsystem\b(?:(?!\.\s).){0,40}"
    + _NO
    + r")|does not support ['\"`]?(?:system|developer)\b|(?:developer|system) instruction|only (?:the )?(?:['\"`]?user['\"`]?|user and assistant)(?:(?!\.\s).){0,20}roles?|first message must be(?:(?!\.\s).){0,20}user"
    r"|(?:should|must|expected)(?:(?!\.\s).){0,20}['\"`]user['\"`](?:(?!\.\s).){0,20}['\"`]assistant|"
    + _NO
    + r"(?:(?!\.\s).){0,20}['\"`]instructions['\"`]",
    _I,
)
_LIMIT_NAMES: Final = r"max_(?:completion_|output_|new_)?tokens|maxoutputtokens|num_predict"
_LIMIT: Final = re.compile(
    rf"\b(?:{_LIMIT_NAMES})\b|(?:completion|output|generated) tokens|(?:in|for) the (?:completion|output)\b|maximum tokens (?:you|value)",
    _I,
)
_UNKNOWN_FIELD: Final = re.compile(
    r"unsupported|not supported|unrecognized|unknown|unexpected|extra|not permitted|not allowed|deprecated|instead|invalid (?:field|argument|parameter) name|no such (?:field|parameter)",
    _I,
)
OWN_FIELDS: Final = ("prompt_cache_key", "store")
"""Fields of ours that an answer does not depend on."""
_FAILED_JSON: Final = re.compile(
    r"failed to (?:generate|validate) (?:valid )?json|failed_generation|model (?:output|generated)(?:(?!\.\s).){0,30}(?:invalid|not valid) json|failed to call a function",
    _I,
)
_RATE: Final = re.compile(
    r"rate.?limit|too many requests|per (?:minute|second|hour|day)|resource_?(?:has been )?exhausted|retry in|try again in|throttl|capacity|overloaded|busy|concurren",
    _I,
)


_SPENT: Final = re.compile(
    r"(?:credits?|balance|budget|funds)\b(?:(?!\.\s).){0,30}\b(?:depleted|exhausted|exceeded|insufficient|used up|too low)",
    _I,
)
_FOR_NOW: Final = re.compile(r"right now|at the moment|temporar|try again|retry|\b(?:later|soon)\b", _I)
_NAMES_MODEL: Final = re.compile(r"(?<![/\w])(?:model|deployment)s?\b(?!/)|is not available\b", _I)


def kind_of(status: int, said: Said) -> Kind:
    """The cause of a refusal, from its HTTP status and message; UNKNOWN if no rule matches."""
    text, codes = said.own, " ".join(sorted(said.codes))
    if kind := _by_status(status, text, codes):
        return kind
    passing = status == 429 and (_RATE.search(text) or (_RATE.search(codes) and not _SPENT.search(text)))
    for kind, pattern in _CODE_KINDS.items():
        if pattern.search(codes) and not (passing and kind is not Kind.CREDIT):
            return kind if kind is not Kind.SIZE else _size(said)
    if status == 429:
        return Kind.CREDIT if not passing and _EVERYBODY[Kind.CREDIT].search(text) else Kind.UNKNOWN
    kind = _by_form(text, codes, said) or _by_words(status, text, said)
    return Kind.ACCESS if kind is Kind.UNKNOWN and _VAGUE_CODE.search(codes) else kind


def _by_status(status: int, text: str, codes: str) -> Kind | None:
    """The kind if the HTTP status leaves little to the message."""
    if status == 401:  # RFC 9110, 15.5.2: everybody is concerned, by the key unless the message says otherwise
        return _first(_OF_EVERYBODY_BY_CODE, codes) or _first(_EVERYBODY, text) or Kind.KEY
    if status == 402:  # a reseller that counts the largest possible answer against the balance
        return Kind.LIMIT if _LIMIT.search(text) and re.search(NUMBER, text) else Kind.CREDIT
    if status == 413 or (status == 429 and re.search(r"request too large", text, _I)):
        return Kind.SIZE
    return Kind.CONTENT if status == 451 else None  # RFC 7725


def _first(kinds: Mapping[Kind, re.Pattern[str]], text: str) -> Kind | None:
    """The kind of the first pattern that matches the text."""
    return next((kind for kind, pattern in kinds.items() if pattern.search(text)), None)


def _by_form(text: str, codes: str, said: Said) -> Kind | None:
    """The kind if the refusal is about the form of the request: a field, a limit, a role or the response format."""
    both = f"{text} {codes}"
    if _FAILED_JSON.search(text):
        return Kind.PASSING
    if _UNKNOWN_FIELD.search(both) and any(re.search(rf"\b{name}\b", both) for name in OWN_FIELDS):
        return Kind.FIELD
    if re.search(_LIMIT_NAMES, both, _I) or (_LIMIT.search(text) and _SIZE.search(text)):
        unknown = _UNKNOWN_FIELD.search(both) and not re.search(NUMBER, text)
        return Kind.LIMIT_NAME if unknown else _size(said)
    if _SYSTEM.search(text):
        return Kind.SYSTEM
    return Kind.FORMAT if _FORMAT.search(both) else None


def _by_words(status: int, text: str, said: Said) -> Kind:
    """The kind by the words of the message. A refusal for content may speak of credits and accounts too, and never
    affects all requests.
    """
    if status != 404 and _CONTENT.search(text):
        return Kind.CONTENT
    if status >= 500 and _FOR_NOW.search(text):
        return Kind.UNKNOWN
    if kind := _first(_EVERYBODY, text):
        return kind
    if _SIZE.search(text):
        return _size(said)
    return Kind.MODEL if status == 404 and _NAMES_MODEL.search(text) else Kind.UNKNOWN


def _size(said: Said) -> Kind:
    """Whether the requested length of answer does not fit, or already the prompt does not."""
    named = _LIMIT.search(f"{said.own} {' '.join(said.codes)}")
    return Kind.LIMIT if named and not _fills_the_window(said) else Kind.SIZE


_LEAST: Final = 64  # tokens: a shorter answer holds no verdict
NUMBER: Final = r"(?<![\w.\-])(\d{1,3}(?:,\d{3})+|\d{2,8})(?![\w\-]|\.\d)"
_WINDOW: Final = re.compile(rf"(?:context (?:length|size|window)|context limit|model_len)\D{{0,30}}?{NUMBER}", _I)
_PROMPT: Final = re.compile(
    rf"{NUMBER} (?:tokens? )?(?:in the messages|in the prompt|from the input messages|input tokens|prompt tokens|of text input|in your prompt)",
    _I,
)
_WAIT: Final = re.compile(
    r"(?:(?:try again|retry)(?: your request)? (?:in|after)|wait) (?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+) ?(ms|s|minute|hour|day)?)?",
    _I,
)
_SECONDS: Final = {"ms": 0.001, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_NOTHING_LEFT: Final = re.compile(r"must be at least \d+, got (?:-\d|0\b)", _I)  # what the prompt leaves for the answer


def _fills_the_window(said: Said) -> bool:
    """Whether the error message says that the prompt alone fills the model's context window."""
    window, prompt = _figure(_WINDOW, said), _figure(_PROMPT, said)
    return 0 < window < prompt + _LEAST or _NOTHING_LEFT.search(said.own) is not None


def less_than(current: int, said: Said) -> int | None:
    """The limit on the answer's length, in tokens, to try after a model server refused `current` as too large: what the
    context window leaves, else the largest number in the message below `current`, else half. None if that is too small
    to be useful.
    """
    window, prompt = _figure(_WINDOW, said), _figure(_PROMPT, said)
    named = {int(each.replace(",", "")) for each in re.findall(NUMBER, said.own)} - {window}
    left = window - prompt if window and prompt else max(filter(range(_LEAST, current).__contains__, named), default=0)
    if left not in range(_LEAST, current):
        left = current // 2
    return left if left >= _LEAST else None


def _figure(pattern: re.Pattern[str], said: Said) -> int:
    found = pattern.search(said.own)
    return int(found[1].replace(",", "")) if found else 0


def wait_in(said: Said) -> float | None:
    """The wait in seconds that a model server's error message asks for, such as "Please try again in 6m12.5s"; None if
    it names none.
    """
    found = _WAIT.search(said.words)
    if not found or not any(found.groups()[:3]):
        return None
    hours, minutes, rest, unit = found.groups()
    try:
        last = float((rest or "0").rstrip(".") or 0)
    except ValueError:
        return None
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + last * _SECONDS.get((unit or "s").lower(), 1.0)


_LONGEST_QUOTE = 300
_LONGEST_READ = 4000
_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Said:
    """A model server's error message, and its codes (codes, types, reasons, states) in lower case.

    `own` is the message without quotations from the request; `status` is an HTTP status that the body states.
    """

    words: str
    own: str
    codes: frozenset[str]
    status: int | None = None


_WORDS: Final = (
    "message",
    "msg",
    "detail",
    "error_description",
    "error_message",
    "status_msg",
    "title",
    "raw",
    "reason",
)
_CODES: Final = ("code", "type", "status", "reason", "error", "param", "loc", "error_code", "finish_reason")
_INSIDE: Final = (
    "error",
    "errors",
    "detail",
    "details",
    "innererror",
    "metadata",
    "base_resp",
    "message",
    "cause",
    "raw",
)
_STATUSES: Final = ("code", "status", "error_code")
_HTTP_ERRORS: Final = frozenset(map(str, range(400, 600)))
_MARKUP: Final = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)


def said_in(body: object, question: str = "") -> Said:
    """Extract the error message and codes from a body: a JSON object or list, JSON inside a string, HTML or plain
    text.
    """
    found = _Found()
    found.take(body)
    text = visible(" / ".join(dict.fromkeys(filter(None, map(_plain, found.words)))))[:_LONGEST_READ]
    return Said(
        text, _without(text, question).replace("’", "'"), frozenset(found.codes), next(iter(found.statuses), None)
    )


@dataclass(slots=True)
class _Found:
    """The error messages and codes found in a body so far, without what the server echoes of the request (`input`)."""

    words: list[str] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    statuses: list[int] = field(default_factory=list)

    def take(self, value: Any, depth: int = 0) -> None:
        """Search strings, lists and objects for error messages and codes, wherever servers put them."""
        inner = parsed(value)
        if depth > _DEEPEST or inner is None:
            return
        if isinstance(inner, str):
            self.words.append(inner)
        elif isinstance(inner, list):
            for each in inner[:10]:
                self.take(each, depth + 1)
        elif isinstance(inner, dict):
            self._take_object(inner, depth)

    def _take_object(self, value: dict[str, Any], depth: int) -> None:
        self.codes |= {str(each).lower() for name in _CODES for each in _flat(value.get(name))}
        self.statuses += [int(value[name]) for name in _STATUSES if str(value.get(name)) in _HTTP_ERRORS]
        for name in _WORDS:
            if isinstance(value.get(name), str):
                self.take(value[name], depth + 1)
        for name in _INSIDE:
            if isinstance(value.get(name), dict | list) or name == "error":
                self.take(value.get(name), depth + 1)
        if isinstance(value.get("retryDelay"), str):
            self.words.append(f"retry in {value['retryDelay']}")


def _flat(value: Any) -> Iterator[str | int]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str | int) and len(str(each)) <= 80:
            yield each


def _plain(text: str) -> str:
    """The text of an HTML page."""
    if re.search(r"<(?:html|body|head|title|h1|p|center|!doctype)\b", text[:2000], re.IGNORECASE):
        text = html.unescape(_MARKUP.sub(" ", text))
    return " ".join(text.split())


def _without(words: str, question: str) -> str:
    """The message without runs of six words that are in the request: a paper that quotes an error must not count as
    one.
    """
    if not question:
        return words
    given, asked = words.split(), " ".join(question.split())
    quoted = {i for i in range(len(given) - 5) if " ".join(given[i : i + 6]) in asked}
    kept = [word for i, word in enumerate(given) if not any(start in quoted for start in range(i - 5, i + 1))]
    return " ".join(kept)


def quotable(said: Said, secret: str) -> str:
    """A model server's error message in a form that may be logged and shown: short, without control characters, and
    without any part of the API key `secret`.
    """
    text = said.words or ", ".join(sorted(said.codes)) or "no words"
    if secret:
        text = text.replace(secret, "***")
        ends = (re.escape(secret[:5]), re.escape(secret[-4:])) if len(secret) > 8 else ()
        for end in ends:
            text = re.sub(rf"[^\s\"'(]*{end}[^\s\"')]*", "***", text)
    text = re.sub(r"[^\s\"'(:]*\*{3,}[^\s\"')]*", "***", text)
    return clipped(redact(text), _LONGEST_QUOTE)
