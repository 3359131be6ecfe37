"""How model servers behave, one row a manner, each with the public thread or page where it was seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.servers import llm
from tests.servers.llm_dialects import Asked

GITHUB = "https://github.com/"


class Right(Enum):
    """What is to come of it."""

    ANSWERED = "answered"
    THIS_QUESTION = "the question is refused"
    EVERYBODY = "everybody is refused"
    MAY_PASS = "it may pass"


@dataclass(frozen=True)
class Manner:
    """`behavior` towards the questions for which `when` holds, an honest answer to others. `says` are the server's own
    words that an error quotes, `remedy` what it names, `calls` how many requests it takes. `chat` means that only chat
    completions have it, `waits` that it is asked again after a while.
    """

    name: str
    source: str
    behavior: llm.Behavior
    right: Right
    says: str = ""
    remedy: str = ""
    when: Callable[[Asked], bool] = lambda _: True
    calls: int | None = None
    chat: bool = False
    waits: bool = False


def _error(status: int, message: str, code: object = None, **more: Any) -> llm.Behavior:
    return llm.templated({"error": {"message": message, "type": "invalid_request_error", "code": code, **more}}, status)


def _choice(finish: object, message: Any, **more: Any) -> llm.Behavior:
    choice = {"index": 0, "finish_reason": finish, **({} if message is None else {"message": message}), **more}
    return llm.templated({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice]})


def _response(*output: Any, **more: Any) -> llm.Behavior:
    return llm.templated(
        {"id": "1", "object": "response", "model": "m", "status": "completed", "output": output, **more}
    )


def _form(*forms: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.form in forms


def _limit(asked: Asked) -> int:
    return max(
        (asked.body.get(name) or 0 for name in ("max_tokens", "max_completion_tokens", "max_output_tokens")), default=0
    )


def _has_system(asked: Asked) -> bool:
    return "instructions" in asked.body or any(m["role"] == "system" for m in asked.body.get("messages", ()))


_HONEST = llm.HONEST
_COMPLETED = {
    "status": "completed",
    "output": [{"type": "message", "content": [{"type": "output_text", "text": _HONEST}]}],
}
_POLICY = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
_FLAGGED = "Invalid prompt: your prompt was flagged as potentially violating our usage policy."
_CUT_OFF = "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details."

_PROMPT_BLOCKED = {"prompt_index": 0, "content_filter_results": {"violence": {"filtered": True, "severity": "high"}}}


def _said(message: str, code: object = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "code": code}}


OF_ONE_QUESTION = (
    Manner(
        "xAI: content, with the code of a missing permission",
        GITHUB + "UKGovernmentBEIS/inspect_ai/pull/2267",
        llm.templated(
            {
                "code": "The caller does not have permission to execute the specified operation",
                "error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO",
            },
            403,
        ),
        Right.THIS_QUESTION,
        "Content violates usage guidelines",
        calls=1,
    ),
    Manner(
        "Azure: no choice, and a prompt that was filtered",
        GITHUB + "sashabaranov/go-openai/pull/702",
        llm.templated({"id": "1", "choices": [], "prompt_filter_results": [_PROMPT_BLOCKED]}),
        Right.THIS_QUESTION,
        "content_filter",
        calls=1,
        chat=True,
    ),
    Manner(
        "DeepSeek: Content Exists Risk",
        GITHUB + "666ghj/BettaFish/issues/108",
        _error(400, "Content Exists Risk", "invalid_request_error"),
        Right.THIS_QUESTION,
        "Content Exists Risk",
        calls=1,
    ),
    Manner(
        "DeepSeek: the same as a detail",
        GITHUB + "deepseek-ai/DeepSeek-V2/issues/30",
        llm.templated({"detail": "Content Exists Risk"}, 400),
        Right.THIS_QUESTION,
        "Content Exists Risk",
        calls=1,
    ),
    Manner(
        "DashScope: inspection",
        GITHUB + "camel-ai/owl/issues/432",
        _error(400, "Input data may contain inappropriate content.", "data_inspection_failed"),
        Right.THIS_QUESTION,
        "inappropriate content",
        calls=1,
    ),
    Manner(
        "DashScope: inspection, with HTTP 500",
        GITHUB + "langgenius/dify/issues/7932",
        _error(500, "Input data may contain inappropriate content."),
        Right.THIS_QUESTION,
        "inappropriate content",
        calls=1,
    ),
    Manner(
        "Azure: content filter",
        GITHUB + "compl-ai/compl-ai/issues/20",
        _error(400, _POLICY, "content_filter", innererror={"code": "ResponsibleAIPolicyViolation"}),
        Right.THIS_QUESTION,
        "content management policy",
        calls=1,
    ),
    Manner(
        "LiteLLM before Azure: the code is the status",
        GITHUB + "BerriAI/litellm/pull/16231",
        _error(400, f"litellm.ContentPolicyViolationError: {_POLICY}", "400"),
        Right.THIS_QUESTION,
        "ContentPolicyViolationError",
        calls=1,
    ),
    Manner(
        "OpenAI: invalid_prompt",
        GITHUB + "alan-turing-institute/t0-1/issues/69",
        _error(400, _FLAGGED, "invalid_prompt"),
        Right.THIS_QUESTION,
        "flagged",
        calls=1,
    ),
    Manner(
        "OpenRouter: moderation",
        GITHUB + "enricoros/big-AGI/issues/352",
        _error(403, "Your input was flagged for self-harm. No credits were charged.", 403),
        Right.THIS_QUESTION,
        "flagged",
        calls=1,
    ),
    Manner(
        "a legal reason",
        "https://www.rfc-editor.org/rfc/rfc7725",
        llm.templated("<html><head><title>Unavailable For Legal Reasons</title></head></html>", 451),
        Right.THIS_QUESTION,
        "Unavailable For Legal Reasons",
    ),
    Manner(
        "Gemini: a choice without a message",
        GITHUB + "bespokelabsai/curator/issues/261",
        _choice("content_filter: PROHIBITED_CONTENT", None),
        Right.THIS_QUESTION,
        "content_filter",
        calls=1,
        chat=True,
    ),
    *(
        Manner(
            f"Gemini: finish {reason}",
            GITHUB + "HKUDS/Vibe-Trading/pull/308",
            _choice(reason, {"role": "assistant", "content": None}),
            Right.THIS_QUESTION,
            "content_filter",
            calls=1,
            chat=True,
        )
        for reason in ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII")
    ),
    Manner(
        "OpenAI: a refusal",
        "https://platform.openai.com/docs/guides/structured-outputs",
        llm.REFUSING,
        Right.THIS_QUESTION,
        "I cannot help with that",
        calls=1,
    ),
    Manner(
        "OpenAI: too long",
        GITHUB + "langchain-ai/langchain/issues/24058",
        _error(400, "This model's maximum context length is 8192 tokens.", "context_length_exceeded"),
        Right.THIS_QUESTION,
        "maximum context length",
        calls=1,
    ),
    Manner(
        "llama.cpp: too long",
        GITHUB + "ggml-org/llama.cpp/pull/15780",
        _error(400, "the request exceeds the available context size", 400, type="exceed_context_size_error"),
        Right.THIS_QUESTION,
        "context size",
        calls=1,
    ),
    Manner(
        "llama.cpp: too long, with HTTP 500",
        GITHUB + "ggml-org/llama.cpp/issues/19774",
        _error(500, "Context size has been exceeded.", 500),
        Right.THIS_QUESTION,
        "Context size",
        calls=1,
    ),
    Manner(
        "OpenAI: more tokens than a minute allows",
        "https://platform.openai.com/docs/guides/rate-limits",
        _error(
            429, "Request too large for m on tokens per min (TPM): Limit 3000, Requested 3200.", "rate_limit_exceeded"
        ),
        Right.THIS_QUESTION,
        "Request too large",
        calls=1,
    ),
    Manner(
        "vLLM: the question leaves less than nothing for the answer",
        GITHUB + "vllm-project/vllm/issues/4667",
        _error(400, "max_tokens must be at least 1, got -186.", 400),
        Right.THIS_QUESTION,
        "got -186",
        calls=1,
    ),
    Manner(
        "vLLM: the question alone fills the window",
        GITHUB + "vllm-project/vllm/issues/20409",
        _error(
            400,
            "This model's maximum context length is 16384 tokens. However, you requested 122946 tokens"
            " (112946 in the messages, 10000 in the completion).",
            400,
        ),
        Right.THIS_QUESTION,
        "112946 in the messages",
        calls=1,
    ),
)


def _of_everybody(name: str, source: str, status: int, body: Any, says: str, remedy: str) -> Manner:
    return Manner(name, GITHUB + source, llm.templated(body, status), Right.EVERYBODY, says, remedy, calls=1)


def _event(**fields: Any) -> str:
    return f"data: {json.dumps({'id': '1', 'object': 'chat.completion.chunk', **fields})}\n\n"


def _streamed(*deltas: str, finish: str | None) -> llm.Behavior:
    """The answer as events, though nobody asked for a stream."""
    chunks = [_event(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": None}]) for text in deltas]
    end = _event(choices=[{"index": 0, "delta": {}, "finish_reason": finish}], usage={"prompt_tokens": 3})
    return llm.Behavior(template="".join([*chunks, end, "data: [DONE]\n\n"]), content_type="text/event-stream")


OF_EVERYBODY = (
    *(
        _of_everybody(*row)
        for row in (
            (
                "LM Studio: no /v1 in the address, with HTTP 200",
                "lmstudio-ai/lmstudio-bug-tracker/issues/618",
                200,
                {"error": "Unexpected endpoint or method. (POST /chat/completions)"},
                "Unexpected endpoint",
                "OPENAI_BASE_URL",
            ),
            (
                "Anthropic: a model that went",
                "vicharanashala/vibe/issues/1259",
                404,
                {"error": {"type": "not_found_error", "message": "model: claude-sonnet-4-20250514"}},
                "claude-sonnet-4",
                "WATCHER_MODEL",
            ),
            (
                "Anthropic: the month's limit",
                "anthropics/claude-code/issues/2127",
                400,
                _said("You have reached your specified API usage limits. You will regain access on 2025-07-01."),
                "usage limits",
                "credit",
            ),
            (
                "Bedrock: a model that needs a profile, in typographic quotes",
                "aws-samples/bedrock-access-gateway/issues/73",
                400,
                {"detail": "Invocation of model ID anthropic.claude with on-demand throughput isn’t supported."},
                "on-demand throughput",
                "WATCHER_MODEL",
            ),
            (
                "Bedrock: a model that the account may not use",
                "strands-agents/harness-sdk/issues/38",
                403,
                {"message": "You don't have access to the model with the specified model ID."},
                "access to the model",
                "rights",
            ),
            (
                "new-api: no channel",
                "a37836323/-chatgpt4.0-api-key/issues/2",
                503,
                _said("No available channels for model m in group default (request id: 1)"),
                "No available channels",
                "WATCHER_MODEL",
            ),
            (
                "LiteLLM: a model that the key may not use, with HTTP 401",
                "winfunc/opcode/issues/358",
                401,
                _said("key not allowed to access model. This key can only access models=['a'].", "401"),
                "can only access models",
                "rights",
            ),
            (
                "Gemini: no prepaid credit, with the code of a quota",
                "dyad-sh/dyad/issues/3626",
                429,
                [{"error": {"message": "Your prepayment credits are depleted.", "status": "RESOURCE_EXHAUSTED"}}],
                "prepayment credits",
                "credit",
            ),
        )
    ),
    Manner(
        "Gemini: a wrong key, as a list",
        GITHUB + "continuedev/continue/issues/10748",
        llm.templated([{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}], 400),
        Right.EVERYBODY,
        "API key not valid",
        "OPENAI_API_KEY",
        calls=1,
    ),
    Manner(
        "a gateway before Gemini: an error inside a string",
        GITHUB + "continuedev/continue/issues/10290",
        llm.templated(
            {
                "error": {
                    "message": '{"error": {"code": 400, "message": "API key not valid. Please pass one."}}',
                    "code": 400,
                }
            },
            400,
        ),
        Right.EVERYBODY,
        "API key not valid. Please pass one.",
        "OPENAI_API_KEY",
        calls=1,
    ),
    Manner(
        "OpenAI: a wrong key",
        "https://platform.openai.com/docs/guides/error-codes",
        _error(401, "Incorrect API key provided: sk-te****-key.", "invalid_api_key"),
        Right.EVERYBODY,
        "Incorrect API key provided",
        "OPENAI_API_KEY",
        calls=1,
    ),
    Manner(
        "OpenRouter: no credit, with HTTP 200",
        GITHUB + "Alishahryar1/free-claude-code/issues/772",
        llm.templated({"id": "x", "error": {"message": "Insufficient credits.", "code": 402}}),
        Right.EVERYBODY,
        "Insufficient credits",
        "credit",
        calls=1,
    ),
    Manner(
        "DeepSeek: no balance",
        GITHUB + "continuedev/continue/issues/9942",
        llm.templated({"error": {"message": "Insufficient Balance"}}, 402),
        Right.EVERYBODY,
        "Insufficient Balance",
        "credit",
        calls=1,
    ),
    Manner(
        "DeepSeek behind a gateway: no balance, with HTTP 400",
        GITHUB + "Aider-AI/aider/issues/4851",
        _error(400, "Insufficient Balance", "invalid_request_error", type="unknown_error"),
        Right.EVERYBODY,
        "Insufficient Balance",
        "credit",
        calls=1,
    ),
    Manner(
        "OpenAI: no quota",
        "https://platform.openai.com/docs/guides/error-codes",
        _error(
            429, "You exceeded your current quota, please check your plan and billing details.", "insufficient_quota"
        ),
        Right.EVERYBODY,
        "exceeded your current quota",
        "credit",
        calls=1,
    ),
    Manner(
        "Ollama: a model that is not there",
        GITHUB + "netease-youdao/QAnything/issues/555",
        _error(404, 'model "m" not found, try pulling it first', type="api_error"),
        Right.EVERYBODY,
        "try pulling it first",
        "WATCHER_MODEL",
        calls=1,
    ),
    Manner(
        "Ollama: the same as a string",
        GITHUB + "CrestApps/CrestApps.Core/issues/142",
        llm.templated({"error": "model 'qwen2.5-coder' not found"}, 404),
        Right.EVERYBODY,
        "qwen2.5-coder",
        "WATCHER_MODEL",
        calls=1,
    ),
    Manner(
        "DeepSeek: a model that is not there",
        GITHUB + "ConardLi/easy-dataset/issues/9",
        _error(400, "Model Not Exist", "invalid_request_error"),
        Right.EVERYBODY,
        "Model Not Exist",
        "WATCHER_MODEL",
        calls=1,
    ),
    Manner(
        "Azure: a deployment that is not there",
        GITHUB + "chatboxai/chatbox/issues/646",
        _error(404, "The API deployment for this resource does not exist.", "DeploymentNotFound"),
        Right.EVERYBODY,
        "API deployment",
        "WATCHER_MODEL",
        calls=1,
    ),
    Manner(
        "Ollama without /v1: no such page",
        GITHUB + "ollama/ollama/issues/2474",
        llm.templated("404 page not found", 404),
        Right.EVERYBODY,
        "404 page not found",
        "OPENAI_BASE_URL",
        calls=1,
    ),
)

OF_THE_FORM = (
    Manner(
        "DeepSeek: no json_schema",
        GITHUB + "ItzCrazyKns/Vane/issues/969",
        _error(400, "This response_format type is unavailable now", "invalid_request_error"),
        Right.ANSWERED,
        when=_form("json_schema"),
        calls=2,
    ),
    Manner(
        "LM Studio: no json_object",
        GITHUB + "lmstudio-ai/lmstudio-bug-tracker/issues/189",
        llm.templated({"error": "'response_format.type' must be 'json_schema' or 'text'"}, 400),
        Right.ANSWERED,
        when=_form("json_schema", "json_object"),
        calls=3,
    ),
    Manner(
        "llama.cpp: a grammar, with HTTP 400",
        GITHUB + "flagdizero/jenny-android-ai-agent/issues/2",
        _error(400, "Failed to initialize samplers: failed to parse grammar", 400),
        Right.ANSWERED,
        when=_form("json_schema"),
        calls=2,
    ),
    Manner(
        "llama.cpp: a grammar, with HTTP 500",
        GITHUB + "ggml-org/llama.cpp/issues/19051",
        _error(500, "failed to parse grammar", 500),
        Right.ANSWERED,
        when=_form("json_schema"),
        calls=2,
    ),
    Manner(
        "SGLang: HTTP 500 for a form, without a word",
        GITHUB + "sgl-project/sglang/issues/892",
        llm.templated("Internal Server Error", 500),
        Right.ANSWERED,
        when=_form("json_schema"),
        calls=3 + 1,
        waits=True,
    ),
    Manner(
        "OpenRouter: nobody takes the form",
        GITHUB + "openstory-so/openstory/issues/1302",
        _error(404, "No endpoints found that can handle the requested parameters.", 404),
        Right.ANSWERED,
        when=_form("json_schema"),
        calls=2,
    ),
    Manner(
        "Groq: JSON that failed once",
        GITHUB + "JusticeRage/Gepetto/issues/37",
        _error(400, _CUT_OFF, "json_validate_failed"),
        Right.ANSWERED,
        when=_form("json_schema"),
        calls=3 + 1,
        waits=True,
    ),
    Manner(
        "OpenAI: a limit too high",
        GITHUB + "ChatGPTNextWeb/NextChat/issues/3195",
        _error(
            400,
            "max_tokens is too large: 8192. This model supports at most 4096 completion tokens, whereas you provided 8192.",
            "invalid_value",
            param="max_tokens",
        ),
        Right.ANSWERED,
        when=lambda asked: _limit(asked) > 4096,
        calls=2,
    ),
    Manner(
        "Doubao: a limit too high",
        GITHUB + "Gitlawb/openclaude/issues/331",
        _error(
            400,
            "The parameter `max_completion_tokens` specified in the request are not valid: integer above maximum value,"
            " expected a value <= 4288, but got 8000 instead.",
            "InvalidParameter",
            param="max_completion_tokens",
        ),
        Right.ANSWERED,
        when=lambda asked: _limit(asked) > 4288,
        calls=2,
    ),
    Manner(
        "vLLM: question and limit beyond the window",
        GITHUB + "claude-code-best/claude-code/issues/272",
        _error(
            400,
            "'max_tokens' or 'max_completion_tokens' is too large: 8000. This model's maximum context length is 10000"
            " tokens and your request has 4235 input tokens (8000 > 10000 - 4235). None",
            400,
        ),
        Right.ANSWERED,
        when=lambda asked: _limit(asked) > 10000 - 4235,
        calls=2,
    ),
    Manner(
        "vLLM: the same in other words",
        GITHUB + "vllm-project/vllm/issues/42474",
        _error(
            400,
            "This model's maximum context length is 10000 tokens. However, you requested 8000 output tokens and your"
            " prompt contains at least 4235 input tokens, for a total of at least 12235 tokens.",
            400,
        ),
        Right.ANSWERED,
        when=lambda asked: _limit(asked) > 10000 - 4235,
        calls=2,
    ),
    Manner(
        "OpenRouter: a limit that the balance does not cover",
        GITHUB + "QwenLM/qwen-code/issues/73",
        _error(
            402,
            "This request requires more credits, or fewer max_tokens. You requested up to 8000 tokens, but can only"
            " afford 2985.",
            402,
        ),
        Right.ANSWERED,
        when=lambda asked: _limit(asked) > 2985,
        calls=2,
    ),
    Manner(
        "a limit that no figure explains",
        GITHUB + "scaleway/docs-content/pull/4858",
        _error(416, "max_completion_tokens is limited for this model"),
        Right.ANSWERED,
        when=lambda asked: _limit(asked) > 1000,
        calls=4,
    ),
    Manner(
        "OpenAI: the other name of the limit",
        GITHUB + "koosoli/ESPHomeDesigner/issues/379",
        _error(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "unsupported_parameter",
        ),
        Right.ANSWERED,
        when=lambda asked: "max_tokens" in asked.body,
        calls=2,
        chat=True,
    ),
    Manner(
        "Mistral: fields it does not know",
        GITHUB + "Gitlawb/openclaude/issues/739",
        llm.templated(
            {
                "detail": [
                    {"type": "extra_forbidden", "loc": ["body", "store"], "msg": "Extra inputs are not permitted"}
                ]
            },
            422,
        ),
        Right.ANSWERED,
        when=lambda asked: "store" in asked.body,
    ),
    Manner(
        "vLLM: no system role",
        GITHUB + "vllm-project/vllm/pull/2964",
        llm.templated(
            {"object": "error", "message": "System role not supported", "type": "BadRequestError", "code": 400}, 400
        ),
        Right.ANSWERED,
        when=_has_system,
        calls=2,
    ),
    Manner(
        "DashScope: the word json",
        GITHUB + "agno-agi/agno/pull/5317",
        _error(
            400,
            "<400> InternalError.Algo.InvalidParameter: 'messages' must contain the word 'json' in some form, to use"
            " 'response_format' of type 'json_object'.",
            "invalid_parameter_error",
        ),
        Right.ANSWERED,
        when=_form("json_schema", "json_object"),
        calls=3,
    ),
)

OF_THE_PLACE = (
    Manner(
        "Bedrock behind a gateway: text and answer in two choices",
        GITHUB + "SecretiveShell/MCP-Bridge/issues/48",
        llm.templated(
            {
                "choices": [
                    {"finish_reason": "tool_calls", "message": {"role": "assistant", "content": "Here it is."}},
                    {
                        "finish_reason": "tool_calls",
                        "message": {"tool_calls": [{"function": {"name": "json", "arguments": _HONEST}}]},
                    },
                ]
            }
        ),
        Right.ANSWERED,
        calls=1,
        chat=True,
    ),
    Manner(
        "new-api: a stream that nobody asked for",
        GITHUB + "KroMiose/nekro-agent/pull/271",
        _streamed(_HONEST, finish="stop"),
        Right.ANSWERED,
        calls=1,
        chat=True,
    ),
    Manner(
        "a stream of the Responses API that nobody asked for",
        GITHUB + "BerriAI/litellm/pull/34095",
        llm.Behavior(
            template="event: response.completed\ndata: "
            + json.dumps({"type": "response.completed", "response": _COMPLETED})
            + "\n\n",
            content_type="text/event-stream",
        ),
        Right.ANSWERED,
        calls=1,
    ),
    Manner(
        "vLLM: the answer in reasoning_content",
        GITHUB + "vllm-project/vllm/issues/16182",
        _choice("stop", {"role": "assistant", "content": None, "reasoning_content": _HONEST}),
        Right.ANSWERED,
        calls=1,
        chat=True,
    ),
    Manner(
        "vLLM: the answer in reasoning",
        GITHUB + "vllm-project/vllm/issues/50948",
        _choice("stop", {"role": "assistant", "content": "", "reasoning": f"So it is:\n{_HONEST}"}),
        Right.ANSWERED,
        calls=1,
        chat=True,
    ),
    Manner(
        "Ollama: thoughts alone",
        GITHUB + "ollama/ollama/issues/15288",
        _choice("stop", {"role": "assistant", "content": "", "reasoning": "The user wants {scores} for papers."}),
        Right.ANSWERED,
        when=_form("json_schema"),
        calls=2,
        chat=True,
    ),
    Manner(
        "Mistral: parts, thoughts among them",
        GITHUB + "NousResearch/hermes-agent/pull/4748",
        _choice(
            "stop",
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": 'Perhaps {"papers": []}.'}]},
                    {"type": "text", "text": _HONEST},
                ],
            },
        ),
        Right.ANSWERED,
        calls=1,
        chat=True,
    ),
    Manner(
        "a call of a tool that nobody offered",
        GITHUB + "NVIDIA/TensorRT-LLM/issues/9256",
        _choice(
            "tool_calls",
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"function": {"name": "json", "arguments": _HONEST}}],
            },
        ),
        Right.ANSWERED,
        calls=1,
        chat=True,
    ),
    Manner(
        "gpt-oss: channels in the text",
        GITHUB + "kekzl/imp/pull/768",
        _choice(
            "stop",
            {
                "role": "assistant",
                "content": "<|channel|>analysis<|message|>Perhaps {0}.<|end|><|start|>assistant<|channel|>final<|message|>"
                + _HONEST,
            },
        ),
        Right.ANSWERED,
        calls=1,
        chat=True,
    ),
    Manner(
        "vLLM, Responses: the answer in the thoughts",
        GITHUB + "vllm-project/vllm/issues/44012",
        _response({"type": "reasoning", "content": [{"type": "reasoning_text", "text": _HONEST}]}),
        Right.ANSWERED,
        calls=1,
    ),
    Manner(
        "Responses: thoughts alone",
        GITHUB + "vllm-project/vllm/issues/44012",
        _response({"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Let me see."}]}),
        Right.ANSWERED,
        when=_form("json_schema"),
        calls=2,
    ),
)

OF_THE_MOMENT = (
    *(
        Manner(
            f"an answer that the server broke off: {finish}",
            GITHUB + "genkit-ai/genkit/pull/6259",
            _choice(finish, {"role": "assistant", "content": ""}),
            Right.MAY_PASS,
            finish,
            calls=3,
            chat=True,
            waits=True,
        )
        for finish in ("error", "network_error", "insufficient_system_resource")
    ),
    Manner(
        "a stream that nobody asked for, broken off",
        GITHUB + "BerriAI/litellm/pull/27045",
        _streamed('{"papers": [', finish=None),
        Right.MAY_PASS,
        "broke off",
        calls=3,
        chat=True,
        waits=True,
    ),
    Manner(
        "Gemini: a quota a minute, as a list",
        GITHUB + "google-gemini/gemini-cli/issues/8437",
        llm.templated(
            [
                {
                    "error": {
                        "code": 429,
                        "message": "You exceeded your current quota, please check your plan and billing details.",
                        "status": "RESOURCE_EXHAUSTED",
                        "details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "33s"}],
                    }
                }
            ],
            429,
        ),
        Right.MAY_PASS,
        "exceeded your current quota",
        calls=1,
    ),
    Manner(
        "OpenRouter: a provider failed, with HTTP 200",
        GITHUB + "xyOz-dev/Saturn/pull/43",
        llm.templated(
            {"error": {"message": "Provider returned error", "code": 502, "metadata": {"raw": "upstream is down"}}}
        ),
        Right.MAY_PASS,
        "upstream is down",
        waits=True,
    ),
    Manner(
        "9Router: choices that are null",
        GITHUB + "decolua/9router/issues/2727",
        llm.templated({"id": None, "choices": None}),
        Right.MAY_PASS,
        "not a chat completion",
        calls=3,
        chat=True,
        waits=True,
    ),
    Manner(
        "a gateway in Go: the time is over",
        "https://pkg.go.dev/net/http#Client",
        _error(500, "context deadline exceeded (Client.Timeout or context cancellation while reading body)"),
        Right.MAY_PASS,
        "deadline exceeded",
        waits=True,
    ),
    Manner(
        "a proxy's page",
        GITHUB + "NEKOparapa/AiNiee/issues/124",
        llm.templated(
            "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>", 502
        ),
        Right.MAY_PASS,
        "502 Bad Gateway",
        waits=True,
    ),
)

ALL = (*OF_ONE_QUESTION, *OF_EVERYBODY, *OF_THE_FORM, *OF_THE_PLACE, *OF_THE_MOMENT)


def dialects(manner: Manner) -> list[str]:
    """The names of the dialects in which a server can behave so."""
    if manner in OF_THE_PLACE:
        return ["chat"] if manner.chat else ["responses"]
    if "does not know" in manner.name:
        return ["responses"]
    return ["chat"] if manner.chat else ["chat", "responses"]
