"""The shipped prompts and style sheet, loaded as the product loads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from watcher.adapters.japanese import Sudachi
from watcher.domain.prompts import Prompt
from watcher.domain.summaries.style import Style
from watcher.settings.topics import read_topic
from watcher.stages import score, summarize, triage

CONFIG = Path(__file__).parents[1] / "config"
STYLE_TOML = (CONFIG / "style" / "ja.toml").read_text(encoding="utf-8")
ANALYZE = Sudachi()
STYLE_GUIDE = (CONFIG / "style" / "ja.md").read_text(encoding="utf-8")
_TOPIC = read_topic(CONFIG / "topics" / "llm-x-world-models.toml", [])
assert _TOPIC is not None
TOPIC = _TOPIC
STYLE = Style.read(STYLE_GUIDE, STYLE_TOML, ANALYZE, TOPIC.vocabulary)
STYLES: Mapping[str, Style] = defaultdict(lambda: STYLE)
"""The style sheet of the shipped topic, for a topic of any name."""
SCORE_PROMPT = Prompt("score", (CONFIG / "prompts" / "score.md").read_text(encoding="utf-8"), score.GAPS)
TRIAGE_PROMPT = Prompt("triage", (CONFIG / "prompts" / "triage.md").read_text(encoding="utf-8"), triage.GAPS)
SUMMARIZE_PROMPT = Prompt(
    "summarize", (CONFIG / "prompts" / "summarize.md").read_text(encoding="utf-8"), summarize.GAPS
)
VERIFY_PROMPT = Prompt("verify", (CONFIG / "prompts" / "verify.md").read_text(encoding="utf-8"), summarize.VERIFY_GAPS)
