"""Patterns of prompt injection and live markup, by kind: commands to a model, chat role markers, answer formats, hidden
TeX, links and tags.

Each pattern comes with plain words that every match contains: nearly no abstract contains them, and finding them first
is much quicker than trying each pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final


@dataclass(frozen=True, slots=True)
class CommandPattern:
    """A regular expression for commands to a language model (prompt injection), for lower-case text on one line. It can
    match only if the text has a word of each group in `needs`.
    """

    needs: tuple[tuple[str, ...], ...]
    pattern: re.Pattern[str]


def parse_needs(spelled: str) -> tuple[tuple[str, ...], ...]:
    """Parse the notation for the words that a pattern needs: groups separated by ` & `, in each alternatives separated
    by `/`; `a|b + c|d` means every combination ("a c", "a d", …). Returns the alternatives of each group.
    """
    return tuple(tuple(_phrases(group)) for group in spelled.split(" & "))


def _phrases(group: str) -> Iterator[str]:
    """All phrases of one group."""
    for entry in group.split("/"):
        yield from map(" ".join, product(*(part.split("|") for part in entry.split(" + "))))


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of prompt injection, and the plain words one of which must occur in a text before the pattern is tried.

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
    _rule(
        "\"/'",
        r"[\"'](?:score|papers|criterion|evidence|relevance|checks|named|odd|read|words|sentences|quote|verdict|kind)[\"']\s*:",
    ),
    _rule(" :: ", r"(?m:^\s*\d{1,3}[.):]? \S.{2,300} :: )|(?:^|[.!?]\s|\s\d{1,3}[.):]? )[A-Z][^:]{8,200} :: \S"),
    _rule("rests on:", r"(?i:\brests on:\s*[\"'“‘「])"),
    _rule('```/]}/"}/] }/} ]/"papers', r"```|[\]}]\s*,?\s*\"(?:papers|score)|\]\s*\}\s*[,\"']|[\"\d]\s*\}\s*\]|\"\s*\}\s*,\s*\{"),
    _rule("==/--/##/**/__", r"[=*#_-]{3,}\s*(?i:end|begin|system|new|instructions?|paper|output|answer)\b"),
    _rule("rXiv:/rxiv:/RXIV:", r"(?i:arxiv:\s*\d{4}\.\d{4,6}.{0,40}(?:title|abstract)\s*:)|(?im:^arxiv:\d{4}\.\d{4,6}\s*$)"),
    _rule("bstract:", r"(?ims:^\s*title\s*:\s.{1,300}\babstract\s*:)|(?i:\babstract:\s*[\"'}\]<])"),
    _rule(
        "<!/]]>/<?/</‹/＜/〈/«",
        r"<!\[CDATA\[|\]\]>|<!DOCTYPE|<\?xml|<\s*/?\s*(?i:paper|lines?|summary|abstract|title|data|document|untrusted|item|input)\b[^<>]*>",
        r"[‹＜〈«]\s*/?\s*(?i:paper|lines|summary)\b",
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


_ADDRESSEE = (
    r"(?:ai|llms?|language models?|assistants?|chat ?bots?|bots?|gpt\S*|chatgpt|claude|gemini"
    r"|(?:ai |llm |automated )?(?:reviewer|screener|grader|evaluator|summari[sz]er|curator|judge)s?)"
)
_INSTRUCTIONS = (
    r"(?:instructions?|prompts?|rules?|criteria|criterion|guidelines?|directions?|directives?|rubrics?|commands?"
    r"|system messages?)"
)
_TOP = r"(?:4|four|5|five|10|ten|100|max(?:imum|imal)?|highest|top|full|perfect|best|core)"
_LOW = r"(?:0|zero|lowest|minimum|minimal)"
_SENTENCE = r"[^.;]"
_BEGINNING = r"(?:^|[.!?:;,] |\b(?:and|please|always|must|should|do not|don't|never) )"
# Required words that several patterns share, in the form that `parse_needs` reads.
_INSTRUCTION_WORDS = "instruction|prompt|rule|criteri|guideline|direction|directive|rubric|command|system message|task"
_GIVE_WORDS = "assign/give/award/set /return /output /report /choose/pick/select/answer with/must get/should get/get/receive/deserve"
_SCORE_WORDS = "score/rating/grade/relevance/mark"
_TOP_WORDS = "4/four/5/five/10/ten/max/highest/top/full/perfect/best/core"
_WRITE_WORDS = "write/say/state/include/mention/claim/add/insert/put/append/omit/copy/repeat"


def _command(needed: str, *patterns: str) -> CommandPattern:
    """Build a command pattern from its required words (see `parse_needs`) and alternative regular expressions."""
    return CommandPattern(parse_needs(needed), re.compile("|".join(patterns)))


COMMANDS: Final = (
    _command(
        "ignor/disregard/forget/overrid/bypass/neglect/do not follow/don't follow/stop following/supersede/cancel/discard",
        rf"\b(?:ignor\w*|disregard\w*|forget|overrid\w*|bypass\w*|neglect|do not follow|don't follow|stop following"
        rf"|supersedes?|cancel|discard)\b(?:\W+[\w']+){{0,4}}?\W+(?:previous|prior|above|earlier|preceding|former"
        rf"|initial|original|existing|your|the|these|those|system|other|any|all|everything)\b(?:\s+[\w']+){{0,3}}?\s+{_INSTRUCTIONS}",
        r"\b(?:ignore|disregard|forget|discard) (?:all |everything |anything |what )(?:\w+ ){0,2}"
        r"(?:above|before|earlier|so far|told|said|previous)",
        r"\b(?:stop following|do not follow|don't follow) (?:the|your) (?:rubric|criteria|instructions|system|prompt)",
        r"\b(?:ignore|disregard) (?:the |all )?(?:rules|criteria|instructions|rubric|prompts?)\b[^.;]{0,12}\b(?:given|above|"
        r"earlier|before|provided|you)\b|\b(?:ignore|disregard)\W+all\W+(?:previous|prior) (?:instructions|rules)",
        rf"\bignore(?:all|the)?(?:previous|prior|above)?{_INSTRUCTIONS}",
    ),
    _command(
        "no longer apply/are|is + void|revoked|cancelled|canceled|replaced by",
        rf"{_INSTRUCTIONS} (?:\w+ ){{0,4}}(?:no longer apply|(?:are|is) (?:void|revoked|cancel?led|replaced by))",
    ),
    _command(
        f"{_GIVE_WORDS} & {_SCORE_WORDS} & {_TOP_WORDS}",
        rf"\b(?:assign|give|award|set|return|output|report|choose|pick|select|answer with|must get|should get|gives?|gets|"
        rf"receives|deserves?)\b{_SENTENCE}{{0,50}}\b(?:score|rating|grade|relevance|mark)s?\b{_SENTENCE}{{0,12}}?"
        rf"\b(?:of |as |to |is |= ?){_TOP}\b",
    ),
    _command(
        f"{_GIVE_WORDS} & {_SCORE_WORDS} & to|for + this|every|all|other",
        rf"\b(?:assign|give|award|deserves?|receives?|gets)\b{_SENTENCE}{{0,30}}\b(?:{_TOP}|{_LOW})\b{_SENTENCE}{{0,20}}"
        rf"\b(?:score|rating|grade|mark|relevance)s?\b{_SENTENCE}{{0,30}}\b(?:to|for) (?:this|every|all|other)\b",
    ),
    _command(
        f"assign|give|award + this|it|the present|our & {_SCORE_WORDS}",
        rf"\b(?:assign|give|award) (?:this|it|the present|our)\b{_SENTENCE}{{0,40}}\b(?:score|rating|grade|mark)\b",
    ),
    _command(
        "set the + score|rating|grade/score + :|=|must|should|shall|has to|needs to/score:/score=/"
        "highest + possible|available|score|rating|grade|relevance/criterion",
        r"\bset the (?:score|rating|grade) of (?:this|our|the)\b|\b(?:relevance )?score\s*[:=]{1,2}\s*\d",
        r"\bscore (?:must|should|shall|has to|needs to) be\b",
        rf"\bhighest (?:possible |available )?(?:score|rating|grade|relevance)\b{_SENTENCE}{{0,20}}\b(?:to|for) this",
        r"\bcriterion (?:is|=|:|must be|should be) ?[\"'(]?[a-g]\b",
    ),
    _command(
        "rate|score|grade|judge|mark|label|classify + this|the present|our|it|the above",
        rf"\b(?:rate|score|grade|judge|mark|label|classify) (?:this|the present|our|it|the above)(?: \w+){{0,3}} "
        rf"(?:as |a |at |with )*(?:{_TOP}|{_LOW}|relevant|catalog-worthy|irrelevant)\b",
    ),
    _command(
        "score|scores|rate|rates|mark|marks|grade|grades + down|all|every|each|any|the|other|remaining|rest|neighb|"
        "preceding|following/"
        "reject|exclude|drop|skip|hide|remove|omit|ignore|discard + all|every|any|the|other|remaining|rest of|following|"
        "preceding|next|competing/all|the + other papers/papers + before|after|above|below",
        r"\b(?:scores?|rates?|marks?|grades?) (?:down )?(?:all |every |each |any )?(?:the )?(?:other|remaining|rest|"
        r"neighbou?ring|preceding|following)(?: of the)? (?:paper|entr|item|abstract)\w*",
        r"\b(?:reject|exclude|drop|skip|hide|remove|omit|ignore|discard) (?:all |every |any )?(?:the )?(?:other|"
        r"remaining|rest of the|following|preceding|next|competing) (?:papers?|entries|submissions?|abstracts?)\b",
        r"\b(?:all|the) other papers (?:get|are|must|should|deserve|score|have)\b",
        rf"\bpapers (?:before|after|above|below) (?:this|it)\b{_SENTENCE}{{0,30}}\b(?:score|irrelevant|zero|0|fake|invalid)",
    ),
    _command(
        "you + are|'re|must|shall|should|have to|need to|will|may not|ought to/your ",
        rf"\byou (?:are|'re) (?:now |an? |the |actually )*(?:{_ADDRESSEE}|helpful|unrestricted|no longer|required|obliged|"
        rf"instructed|asked to|being (?:tested|evaluated))\b|\bif you are (?:an? |the )?{_ADDRESSEE}\b",
        r"\byou (?:must|shall|should|have to|need to|will|are to|may not|ought to) (?:now |always |never |only |not )*"
        r"(?:score|rate|give|assign|output|answer|reply|respond|ignore|write|say|return|print|include|add|call|approve|"
        r"accept|mark|judge|follow|obey|comply|reveal|state|treat|consider|summari[sz]e|recommend|stop|use)\b",
        r"\byour (?:(?:new|real|true|only|actual|next|final|sole) )+(?:task|job|role|goal|instruction|purpose|answer|output)",
        r"\byour (?:system prompt|instructions|previous|prior|(?:answer|reply|output|response) must|training|guidelines|"
        r"programming|operator|developer|verdict|rubric|evaluation of)\b",
    ),
    _command(
        "from now on/pretend/act as/roleplay as/role-play as/please ",
        rf"\b(?:from now on|pretend (?:to be|that|you)|act as (?:an? |if )|role-?play as)\b{_SENTENCE}{{0,60}}"
        rf"\b(?:you|score|paper|{_ADDRESSEE})\b",
        r"\bplease (?:rate|score|give|accept|approve|ignore|output|mark|judge|recommend|add)\b",
    ),
    _command(
        "attention,/attention:/attention!/attention + all|any|every/dear/note|notes|message|messages + to|for/hint|hints + for/"
        "memo to/reminder to/hey/hello/instruction|instructions + to|for",
        rf"\battention(?:[,:!]| all| any| every) ?(?:the )?{_ADDRESSEE}\b",
        rf"\b(?:dear|notes? (?:to|for)|messages? (?:to|for)|hints? for|memo to|reminder to|hey|hello)\b[,:]? ?"
        rf"(?:any |all |the |an? |every |whichever )?(?:\w+ing )?{_ADDRESSEE}\b",
        rf"\binstructions? (?:to|for) (?:any |all |the |an? |every )?{_ADDRESSEE}\s*(?::|reading|processing|who|that read|only)",
    ),
    _command(
        "system prompt/api key/environment variable/hidden instruction/secret/password/webhook/slack token",
        r"\b(?:reveal|print|repeat|output|show|disclose|leak|include|send|post|write|dump|exfiltrate)\b (?:\w+ ){0,4}?"
        r"(?:your |the |all |any )(?:\w+ ){0,2}?(?:system prompt|api keys?|environment variables?|hidden instructions?|"
        r"secrets?|passwords?|webhooks?|slack tokens?)\b",
    ),
    _command(
        f"new|updated|revised|actual|priority|urgent|hidden|secret + system|{_INSTRUCTION_WORDS}/"
        "system + override|update|notice|alert|instruction/"
        "developer|debug|admin|administrator|maintenance|god|dan|jailbreak|test + mode/end of/"
        "begin|start of + the|new|system|trusted|instruction|prompt/admin|administrator + override|note|message|command",
        rf"\b(?:new|updated|revised|actual|priority|urgent|hidden|secret) (?:system )?(?:{_INSTRUCTIONS}|task)\s*(?::|follows?\b|—)",
        r"\bsystem (?:override|update|notice|alert|instruction)\s*[:!]|\bsystem override\b",
        r"\b(?:developer|debug|admin|administrator|maintenance|god|dan|jailbreak|test) mode\b[^.;]{0,25}"
        r"\b(?:on|enabled|activated|engaged|active)\b|\benter (?:\w+ )?(?:developer|debug|admin|maintenance|test) mode\b",
        r"\bend of (?:the )?(?:abstracts?|papers?|inputs?|documents?|user (?:input|data)|untrusted \w+|data|prompts?)\b"
        r"\s*[.:;\])=*#-]",
        r"\b(?:begin|start of) (?:the )?(?:new )?(?:system|trusted|instructions?|prompt)\b"
        r"\s*(?:prompt|message|text|instructions?)?\s*[.:;\])=*#-]",
        r"\badmin(?:istrator)? (?:override|note|message|command)\b",
    ),
    _command(
        "respond|reply|answer|output|return|print|write|say + only|exactly|just|solely|nothing|verbatim",
        r"\b(?:respond|reply|answer|output|return|print|write|say)\b (?:only|exactly|just|solely|nothing (?:but|else)|"
        r"verbatim)\b(?: with)?(?: the| this)? ?(?:[\"'{\[0-4]|word|phrase|text|json|string|following|empty|and stop|\{)",
    ),
    _command(
        f"the|your|its|every|each|the japanese|your japanese|its japanese|every japanese|each japanese|the generated|"
        f"your generated|its generated|every generated|each generated + summar|reason|cell|card|catalog row|answer|reply & {_WRITE_WORDS}",
        r"\b(?:write|say|state|claim) in (?:the|your|each) (?:summary|reason|cell)\b",
        rf"\b(?:in|to|into|of|at the (?:start|end) of) (?:the|your|its|every|each) (?:japanese |generated )?(?:summary|"
        rf"summaries|reason|cells?|card|catalog row)\b{_SENTENCE}{{0,30}}\b(?:write|say|state|include|mention|claim|add|"
        rf"insert|put|omit)\b",
        r"\b(?:write|say|state|include|mention|claim|add|insert|put|append|omit|copy|repeat)\b[^;]{0,60}"
        r"\b(?:in|to|into|of|at the (?:start|end) of) (?:your|the japanese|the generated|every|each) (?:summary|"
        r"summaries|reasons?|answer|reply|cells?|card|catalog row)\b",
    ),
    _command(
        "summarise|summarize + this|the/do not|don't|never + mention|summari|include|reveal|report|tell|warn|flag",
        r"\bsummari[sz]e (?:this|the) (?:paper|work|abstract) as\b",
        r"\b(?:do not|don't|never) (?:mention|summari[sz]e|include|reveal|report|tell|warn|flag)\b[^.;]{0,40}"
        r"\b(?:this|instruction|limitation|curators?|users?|humans?|reader|note)\b",
    ),
    _command(
        "accept|approve|include|add|recommend + this/the + previous|next|other + paper/this paper + must|should|has to/"
        "pre-approved/preapproved/pre-scored/prescored/pre-screened/prescreened/curator|curators + have|has",
        rf"\b(?:accept|approve|include|add|recommend) this (?:paper|submission|work|entry)\b{_SENTENCE}{{0,40}}"
        rf"(?:\bcatalog|\bwithout|\bimmediately|\bautomatically|\bat once|!|\bnow\b)",
        r"\bthe (?:previous|next|other) papers? (?:is|are|was|were) (?:fake|retracted|withdrawn|irrelevant|invalid|spam)",
        r"\bthis paper (?:must|should|has to) be (?:accepted|approved|scored|rated|included|marked|judged|ranked|"
        r"recommended|posted|added)\b",
        r"\bpre-?(?:approved|scored|screened) by\b|\bcurators? (?:have|has) (?:already )?(?:approved|decided|accepted)\b",
    ),
    _command(
        "name/naming/named/list/flag/select/pick/leave/put/write/enter & line/lines/number/numbers/entry/entries/nothing/"
        "no paper/odd/this paper/this title/this one",
        rf"{_BEGINNING}(?:name|list|flag|select|pick) (?:only |also |always )?(?:the )?"
        r"(?:nothing\b|no (?:paper|line|number|other)s?\b|(?:every|all|any|this|other|next|previous|remaining|following|"
        r"preceding) (?:the |other |of the )?(?:papers?|lines?|numbers?|entry|entries|titles?)\b|(?:lines?|numbers?) \d)",
        r"\b(?:this|the present|our) (?:line|number|title|entry) (?:must|should|has to|is to) be (?:named|listed|flagged|"
        r"selected|picked)\b|\b(?:must|should|has to|is to) be named\b",
        r"\bleave (?:out )?(?:all |every )?(?:the )?(?:other|next|previous|remaining|following|preceding)(?: \w+)? "
        r"(?:lines?|numbers?|entry|entries|titles?|papers?)\b",
        r"\b(?:put|write|enter|place)\b[^.;]{0,40}\b(?:lines?|numbers?)\b[^.;]{0,20}\b(?:in|into|under|to) [\"'“]?(?:odd|named|"
        r"checks|read)\b",
    ),
    _command(
        "verdict/call/mark/judge/rate/pronounce/consider & ok/correct/faithful/verified/borne out/checked",
        r"\bverdicts? (?:is|are|must be|should be|shall be|=|:) ?[\"'“]?(?:ok\b|correct|faithful|verified)",
        rf"{_BEGINNING}(?:call|mark|judge|rate|pronounce|consider|treat) (?:every|each|all|any|this|the (?:first|next|whole|following))"
        rf"(?: of the)? (?:sentences?|summar(?:y|ies)|claims?)\b{_SENTENCE}{{0,20}}\b(?:ok|correct|faithful|verified|borne out)\b",
    ),
    _command(
        "summary/summaries/summarizer/summarizers/summarizing/summarising/summarise/summarize/translation/translations & "
        "must/should/shall/has to/have to/need/needs/ought/is to/are to/always/note/please/remember/asked to/requested to",
        r"\b(?:any|every|all|each) (?:\w+ )?(?:summar(?:y|ies)|translations?)\b[^.;]{0,40}\b(?:must|should|shall|ha(?:s|ve) to|"
        r"needs? to|ought to|(?:is|are) to) (?:also |always |first |only |never |not )?(?:mention|say|state|call|name|open|begin|"
        r"start|end|close|contain|include|note|stress|praise|describe|present|refer|add|carry|quote)\b",
        r"\b(?:summari[sz]ers?|whoever summari[sz]es|those who summari[sz]e)\b[^.;]{0,30}\b(?:must|should|shall|ha(?:s|ve) to|"
        r"needs? to|ought to|(?:is|are) (?:asked|requested|required|told|reminded|to)|please)\b",
        r"\b(?:when|while|if) (?:you )?summari[sz](?:e|ing) (?:this|our|the (?:paper|work|abstract|present))\b[^.;]{0,20}"
        r"(?:,|\bplease|\balways|\bnote)",
        r"\b(?:in|for) (?:the |any |your |all )?(?:summary|summaries|translations?)[,:]? (?:please|note that|remember|always|"
        r"this (?:paper|work) (?:is|must|should))",
    ),
    _command(
        "write/print/repeat/output/list/count/enumerate/recite/translate & times/words/tokens/pages/digits/lines/numbers/languages/"
        "primes/forever/endlessly",
        r"(?:^|[.!?:;] |\bplease |\bthen |\bfirst )(?:write|print|repeat|output|list|count|enumerate|recite|translate)\b"
        r"[^.;]{0,60}?(?:\b(?:\d[\d,]{2,}|hundreds?|thousands?|a million|millions?|all) (?:of )?(?:\w+ )?(?:times|words|tokens|pages|"
        r"digits|lines|numbers|languages|primes)\b|\bforever\b|\bendlessly\b)",
    ),
    _command(
        "rm -rf/curl /wget /os.system/subprocess./drop table/eval(/import os/make|issue|perform + a|an + function|tool/"
        "execute + the following|this",
        r"\b(?:rm -rf|(?:curl|wget) (?:-\w+ )*https?:|os\.system|subprocess\.|drop table|eval\(|import os\b)",
        r"\b(?:make|issue|perform) an? (?:function|tool) call\b|\bexecute (?:the following|this) (?:code|command|instruction)",
    ),
    _command(
        "ignores/ignorez/ignorer/ignorier/ignora/oublie/vergiss/vergessen/olvid/esquec/esqueç/dimentica & "
        "instru/anweisung/consigne/istruzioni",
        r"\b(?:ignore[zrs]|ignorier\w*|ignora\w*|oublie[zr]?|vergiss|vergessen|olvid\w*|esque[çc]\w*|dimentica\w*)\b"
        r".{0,40}\b(?:instru\w+|anweisung\w*|consignes?|istruzioni)",
    ),
    _command(
        "donne/attribue/vergib/bewerte/asigna/otorga/atribua",
        r"\b(?:donne[zr]?|attribue[zr]?|vergib|bewerte\w*|asigna\w*|otorga\w*|atribua)\b.{0,40}\b(?:note|score|punktzahl|"
        r"bewertung|puntuaci[oó]n|nota|4|höchst\w*)\b",
    ),
)
"""All command patterns, for lower-case text on one line."""
