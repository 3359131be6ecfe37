"""What the settings of model, prices and budget allow and the whole does not."""

from __future__ import annotations

from watcher.app.models import SHARES
from watcher.domain.budget import Price, Spending
from watcher.settings import Settings

# The most a paper adds to a question beside its abstract, in bytes: TeX, title, id and frame; and all that stands before.
_PAPER_BYTES = 1500
_STATIC_BYTES = 12_000


def model_contradictions(settings: Settings) -> list[str]:
    """One line for each."""
    values, found = settings.values, list[str]()
    budget, prices = values.budget, values.llm.prices
    models = {name for stage in SHARES if (name := settings.model_for(stage))}
    unknown = sorted(models - prices.keys()) if budget.daily_usd is not None else []
    found += [
        f"watcher.toml: budget.daily_usd: [llm.prices] has no price of {name}, so the cap cannot be kept: add a line"
        for name in unknown
    ]
    sent = _STATIC_BYTES + values.score.batch_size * (_PAPER_BYTES + values.score.abstract_chars)
    whole = Spending(sent + budget.answer_tokens, 0.0)
    if budget.daily_tokens is not None and whole.tokens > budget.daily_tokens * SHARES["score"]:
        found.append(
            f"watcher.toml: budget.daily_tokens: one question may take {whole.tokens} tokens, which four fifths of the"
            " cap must hold: raise it, or lower batch_size or answer_tokens"
        )
    for name in sorted(models & prices.keys()):
        usd = Price(*prices[name]).of(sent, 0, budget.answer_tokens)
        if budget.daily_usd is not None and usd > budget.daily_usd * SHARES["score"]:
            found.append(
                f"watcher.toml: budget.daily_usd: one question to {name} may cost ${usd:.4f}, which four fifths of the"
                " cap must hold: raise it, or lower batch_size or answer_tokens"
            )
    return found
