"""Patterns of prompt injection and live markup, by kind: chat role markers, answer formats, hidden TeX, links and tags.

Each pattern comes with plain words one of which every match contains. Looking for them first is much faster: hardly any
abstract contains one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and the plain words one of which must occur in a text before the pattern is tried.

    `words_by_character` groups the words by the rarest character in each: most texts have none of these characters, so
    the words need not be looked for.
    """

    words_by_character: Mapping[str, Sequence[str]]
    pattern: re.Pattern[str]


_RARE_CHARACTERS = "|`{}~@#\\[]=_<>*%&$!\"':-(/"  # from the rarest in abstracts to the most frequent


def _rule(words: str, *patterns: str, flags: int = 0, sign: str = "") -> Rule:
    """Build a rule from words separated by "/" and alternative patterns.

    `sign` is a character that every match contains, for words without a rare character of their own.
    """
    words_by_character: dict[str, list[str]] = {}
    for word in words.split("/"):
        words_by_character.setdefault(next((s for s in _RARE_CHARACTERS if s in word), sign), []).append(word)
    return Rule(words_by_character, re.compile("|".join(patterns), flags))


_OTHER_LANGUAGES = (
    r"(?:指示|命令|プロンプト|ルール|規則|基準|指令|制約|設定).{0,14}(?:無視|忘れ|従わな|破棄|上書き|取り消|リセット|無効)",
    r"(?:無視|忘れ).{0,4}(?:して|せよ|しろ|すること|てください|なさい)",
    r"(?:スコア|点数?|評価|採点|関連度|判定).{0,12}(?:[0-9０-９四満最]|つけ|付け|与え|にして|にせよ|とせよ|としてください)",
    r"(?:出力|回答|返答|要約|掲載|採択|採用|追加|承認|記載|記述|断言).{0,12}(?:ください|下さい|せよ|しろ|すること|なさい|べき|必要がある|て。)",
    r"あなたは|(?:AI|LLM|モデル|アシスタント|査読者|要約者|採点者|システム)(?:へ|への|に告ぐ|の皆|向け)",
    r"(?:今|これ)から.{0,12}(?:として|ふるま|振る舞)|(?:ほか|他|残り)の論文|システム(?:プロンプト|メッセージ|管理者)",
    r"(?:忽略|无视|無視|忘记|忘記).{0,12}(?:指令|指示|提示|规则|規則|说明)|(?:给|給|打|评|請|请).{0,10}(?:分数?|分數|最高|满分)",
    r"무시(?:하|해)|점수|지시|[Ии]гнорир\w+|[Зз]абуд\w+.{0,30}инструкц|[Оо]ценк\w+.{0,20}(?:4|максим|высш)|تجاهل|निर्देश",
)
COMMANDS_IN_OTHER_LANGUAGES = re.compile("|".join(_OTHER_LANGUAGES))
"""Commands to a model in Japanese, Chinese, Korean, Russian, Arabic and Hindi. Abstracts are English, so any match is
suspicious.
"""

ROLE_MARKERS = (
    _rule(
        "<|/[INST/[/INST/<</<s>/</s>/<start_/<end_",
        r"<\|[\w ]{2,30}\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>",
    ),
    _rule(
        "<",
        r"<\s*/?\s*(?:system|user|assistant|instructions?|prompt|tool_call|function_calls?|tool_result|thinking|think|"
        r"developer|human|important|admin)\b[^<>]{0,40}>",
        flags=re.IGNORECASE,
    ),
    _rule("#", r"#{2,}\s*(?:instructions?|system|response|human|assistant|user|input|task|new)\b", flags=re.IGNORECASE),
    _rule(
        "ystem:/YSTEM:/ssistant:/SSISTANT:/ser:/SER:/uman:/UMAN:/loper:/LOPER:/ool:/OOL:/sage:/SAGE:/ompt:/OMPT:/urn:/ote:",
        r"(?:^|[.!?)\]}\n\"']\s*)(?i:system|assistant|user|human|developer|tool)(?: (?i:message|prompt|note|turn))?\s*:(?=\s)",
    ),
    _rule(
        "[/(/</{",
        r"[\[(<{](?i:system|assistant|user|developer|admin)(?: (?i:message|prompt|note|override))?[\])>}]\s*:?\s",
    ),
    _rule("{\"role/{'role", r"\{[\"']role[\"']\s*:"),
    _rule("BEGIN ", r"\bBEGIN (?:SYSTEM|PROMPT|INSTRUCTIONS)"),
)
"""Markers of chat roles, such as `<|system|>`, `[INST]` or "assistant:"."""

ANSWER_FORMAT = (
    _rule("_", r"\b(?:reason_ja|summary_ja|categories_ja|title_words|arxiv_id)\b"),
    _rule("\"/'", r"[\"'](?:score|papers|criterion|evidence|relevance)[\"']\s*:"),
    _rule('```/]}/"}/] }/} ]/"papers', r"```|[\]}]\s*,?\s*\"(?:papers|score)|\]\s*\}\s*[,\"']|[\"\d]\s*\}\s*\]|\"\s*\}\s*,\s*\{"),
    _rule("==/--/##/**/__", r"[=*#_-]{3,}\s*(?i:end|begin|system|new|instructions?|paper|output|answer)\b"),
    _rule("rXiv:/rxiv:/RXIV:", r"(?i:arxiv:\s*\d{4}\.\d{4,6}.{0,40}(?:title|abstract)\s*:)|(?im:^arxiv:\d{4}\.\d{4,6}\s*$)"),
    _rule("bstract:", r"(?ims:^\s*title\s*:\s.{1,300}\babstract\s*:)|(?i:\babstract:\s*[\"'}\]<])"),
    _rule(
        "<!/]]>/<?/</‹/＜/〈/«",
        r"<!\[CDATA\[|\]\]>|<!DOCTYPE|<\?xml|<\s*/?\s*(?i:paper|abstract|title|data|document|untrusted|item|input)\b[^<>]*>",
        r"[‹＜〈«]\s*/?\s*(?i:paper)\b",
    ),
)  # fmt: skip
"""Text that imitates the model's answer or the frame of the prompt, such as the names of its JSON fields."""

HIDDEN_TEX = (
    _rule(
        "\\",
        r"\\(?:text)?color\s*(?:\[[^\]]*\])?\s*\{\s*(?:white|background|pagecolor|transparent|[01.,\s]+|gray|FFFFFF)[^}]*\}",
        r"\\(?:[hv]?phantom|transparent|pdfliteral|special|marginpar|write18|input|include|immediate|csname|catcode|opacity)\b",
        r"\\fontsize\s*\{\s*[0-2](?:\.\d+)?(?:pt)?\s*\}|\\(?:rlap|llap|smash|[hv]box\s*to|makebox\s*\[\s*0)",
        r"\\(?:raisebox|hspace\*?|vspace\*?)\s*\{\s*-\s*\d|\\(?:scalebox|resizebox)\s*\{\s*0|\\begin\s*\{\s*comment\s*\}",
        r"\\iffalse\b|\\(?:href|url)\s*\{\s*(?!https?://|www\.)|\\tiny\b|\\(?:def|newcommand|let)\b",
    ),
    _rule("isplay/isibility/font-size/opacity/color", r"(?i:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|"
          r"opacity\s*:\s*0|color\s*:\s*(?:#fff|white))", sign=":"),
)  # fmt: skip
"""TeX and CSS that hide text from readers: white color, tiny fonts, phantoms, negative space."""

LIVE_MARKUP = (
    _rule("<!/<@/<#", r"<[!@#][\w^|-]+[^<>]{0,80}>|<!--"),
    _rule("-->", r"-->"),
    _rule("<h/<m/<j/<t/<s", r"<(?:https?|mailto|javascript|tel|slack):[^<>]*>"),
    _rule("cript/CRIPT/html/slack:", r"(?i:(?:java|vb)script\s*:|data\s*:\s*text/html)|\bslack://", sign=":"),
    _rule("](/] (/][/]:", r"!?\[[^\]\n]*\]\s?\(\s*(?:[^)\n]*[.:/][^)\n]*)\)|!\[|\[[^\]\n]{1,60}\]\[[^\]\n]{0,30}\]"),
    _rule("]:", r"(?m:^\s*\[[^\]\n]{1,30}\]:\s)"),
    _rule(
        "<",
        r"(?i:</?(?:a|abbr|b|base|body|br|button|div|details|em|embed|font|form|frame|h[1-6]|head|html|i|iframe|img|input|"
        r"link|marquee|math|meta|object|p|pre|script|select|span|strong|style|svg|table|td|template|textarea|tr|u|video|"
        r"audio|noscript|xml)\b[^<>]{0,300}/?>|<(?:script|img|svg|iframe)\b|<a\s)",
    ),
    _rule("=", r"(?i:\bon(?:error|load|click|mouseover|focus)\s*=|=(?:HYPERLINK|IMPORTXML|cmd)\b)"),
    _rule("@", r"(?i:(?:^|\s)@(?:channel|here|everyone)\b)"),
    _rule("|", r"\|[\s:]*-{3,}|(?:^|\s)\|\s[^|\n$\\]{1,80}\s\|\s[^|\n$\\]{1,80}\s\|\s|<https?://[^|<>]*\|"),
    _rule("#/>", r"(?m:^\s{0,3}(?:#{1,6}|>)\s\w)|(?i:\b(?:fixes|closes|resolves) #\d+)"),
    _rule("**/~~", r"\*\*\d+\. |~~\S[^~\n]{0,120}\S~~"),
    _rule("{{/${/$(/<%", r"\{\{\s*\w{3,60}(?:[.|( ][^{}]*)?\}\}|\$\{[A-Z_]{3,}\}|<%|\$\((?:curl|cat|rm|wget|whoami|id|env|echo)\b"),
    _rule("[skip ci]/合計", r"\[skip ci\]|合計："),
)  # fmt: skip
"""Markup that Slack, a web page, Markdown or a template could interpret: tags, links, mentions, tables."""
