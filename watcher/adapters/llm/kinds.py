"""Classifies refusals of model servers by HTTP status and message.

The messages were collected from public threads, which tests/adapters/llm/manners.py names. What no rule matches is
UNKNOWN.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from watcher.adapters.llm.figures import NUMBER, fills_the_window
from watcher.adapters.llm.words import Said


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


_I: Final = re.IGNORECASE
_NO: Final = (
    r"(?:not (?:supported|allowed|permitted|enabled|available|accepted|a (?:valid|known))|n[o']t support|unsupported"
    r"|unrecognized|unknown|unexpected|unavailable|unable|invalid|forbidden|extra inputs|incompatible|must|cannot|only"
    r"|fail|deprecated|instead|disabled|error|too (?:large|complex|deep|many)|missing)"
)
_CODE_KINDS: Final = (
    (
        Kind.PASSING,
        re.compile(r"json_validate_failed|tool_use_failed|output_parse_failed|insufficient_system_resource"),
    ),
    (
        Kind.KEY,
        re.compile(
            r"invalid_?api_?key|api_?key_?invalid|invalid_authentication|authentication_error|unauthenticated|incorrect_api_key|unauthorized"
        ),
    ),
    (
        Kind.CREDIT,
        re.compile(
            r"insufficient_(?:user_)?(?:quota|credits?|balance|funds)|billing|arrearage|payment_required|credit|exceeded_current_quota|budget_exceeded|(?:spend|quota)_?(?:limit_)?reached|allocationquota\.freetieronly"
        ),
    ),
    (
        Kind.MODEL,
        re.compile(
            r"model_?(?:not_?found|not_?exist|decommissioned|not_?available|not_?supported)|(?:invalid|unknown|unsupported)_?model|deploymentnotfound|operationnotsupported"
        ),
    ),
    (
        Kind.ACCESS,
        re.compile(
            r"unsupported_country|account_deactivated|consumer_suspended|forbidden_region|no_access|terms_required|model_permission"
        ),
    ),
    (
        Kind.SIZE,
        re.compile(
            r"context_length|exceed_context|context_window|string_above_max|request_too_large|prompt_too_long|contextlength"
        ),
    ),
    (
        Kind.CONTENT,
        re.compile(
            r"content_?(?:filter|policy|violation|moderation|safety)|responsibleai|data_?inspection|invalid_prompt|moderation|safety|prohibited|sensitive|flagged|risk_control|blocked|guardrail|inappropriate|recitation|cyber_policy|bio_policy"
        ),
    ),
)
_VAGUE_CODE: Final = re.compile(r"permission|access_?denied|not_authorized")  # says no more than HTTP 403
_EVERYBODY: Final = (
    (
        Kind.KEY,
        re.compile(
            r"(?:api|access|secret|security|auth\w*|bearer|subscription)[ _-]?(?:key|token)\b(?:(?!\.\s).){0,60}\b(?:not valid|invalid|incorrect|wrong|missing|expired|required|revoked|disabled|leaked)"
            r"|(?:invalid|incorrect|wrong|missing|expired|no|bad)(?:(?!\.\s).){0,20}\b(?:api|access|subscription|auth\w*)[ _-]?(?:key|token|header|credential)"
            r"|(?:no auth(?:entication)?|authentication) credentials|invalid authentication|auth(?:entication|orization) (?:failed|fails|error)|unauthorized|log ?in (?:fail|required)|无效的令牌|令牌(?:无效|已|不|状态|验证)|身份验证|invalid token|user not found|didn't provide an api key",
            _I,
        ),
    ),
    (
        Kind.CREDIT,
        re.compile(
            r"insufficient (?:\w+ )?(?:balance|credits?|quota|funds)|(?:out of|not enough|no (?:more )?|requires? more|used up (?:\w+ )?|run out of) ?(?:credits?|balance|funds)"
            r"|credit balance|(?:balance|credits?) (?:is |are )?(?:too low|insufficient|exhausted|depleted|used up|not enough)|exceeded your current quota|billing|payment (?:is )?required|in arrears|overdue"
            r"|spend(?:ing)? (?:limit|alert)|key limit exceeded|free (?:allocated )?quota|usage limits?\b|budget (?:has been |is |was )?(?:exceeded|exhausted|reached|depleted)|over budget|out of (?:\w+ ){0,2}quota|余额|欠费|额度",
            _I,
        ),
    ),
    (
        Kind.MODEL,
        re.compile(
            r"\bmodels?\b(?:(?!\.\s).){0,80}?(?:\bnot found|\b(?:does|do) not exist|\bnot exist\b|doesn't exist|\bis not (?:available|offered|served|found|a (?:valid|known) model)|not currently available|decommissioned|(?:has|have) been (?:deprecated|retired|removed|shut ?down|discontinued)|is no longer)"
            r"|(?:unknown|no such|invalid|not a valid) models?\b(?!\s+(?:parameter|option|input|output))|not a valid model|unsupported model\b(?! )|deployment(?:(?!\.\s).){0,60}(?:does not exist|not found)|no (?:allowed )?(?:endpoints?|providers?) (?:found|available) for|try pulling it|model_not_found|model (?:identifier|id)\b(?:(?!\.\s).){0,40}\binvalid|on-demand throughput|\bmodel (?:is |has been )?disabled|no models? loaded|multiple models are loaded|no (?:available channels?|healthy deployments?)|(?:does not|doesn't) support chat\b|only supports? stream|function '[^']*': not found|模型不存在|无可用渠道|无权(?:使用|访问)模型",
            _I,
        ),
    ),
    (
        Kind.ACCESS,
        re.compile(
            r"(?:\bnot have|n't have|\bno|\bdenied|\bwithout|\blacks?)\b(?:(?!\.\s).){0,20}\b(?:access|permissions?)\b|\b(?:access|permissions?)\b(?:(?!\.\s).){0,50}\b(?:is )?(?:denied|disabled|restricted)|terms acceptance|not authorized|not allowed to (?:access|use|sample)"
            r"|(?:country|region|location|territory)(?:(?!\.\s).){0,40}not (?:supported|available|allowed)|(?:account|organi[sz]ation|project|team|user)\b(?:(?!\.\s).){0,40}\b(?:suspended|deactivated|disabled|banned|blocked|restricted|terminated)"
            r"|must be verified|ip (?:address )?(?:is )?not (?:allowed|authorized)|data policy|privacy settings",
            _I,
        ),
    ),
    (Kind.ADDRESS, re.compile(r"unexpected endpoint", _I)),
)
_OF_EVERYBODY_BY_CODE: Final = [row for row in _CODE_KINDS if row[0] in dict(_EVERYBODY)]
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
    for kind, pattern in _CODE_KINDS:
        if pattern.search(codes) and not (passing and kind is not Kind.CREDIT):
            return kind if kind is not Kind.SIZE else _size(said)
    if status == 429:
        return Kind.CREDIT if not passing and _EVERYBODY[1][1].search(text) else Kind.UNKNOWN
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


def _first(kinds: Sequence[tuple[Kind, re.Pattern[str]]], text: str) -> Kind | None:
    """The kind of the first pattern that matches the text."""
    return next((kind for kind, pattern in kinds if pattern.search(text)), None)


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
    return Kind.LIMIT if named and not fills_the_window(said) else Kind.SIZE
