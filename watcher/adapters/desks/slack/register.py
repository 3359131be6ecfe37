"""Make the listeners of cards, forms and look-ups known to a Bolt app, whatever its transport."""

from __future__ import annotations

from slack_bolt import App

from watcher.adapters.desks.slack.actions import APPROVE, EDIT, MORE, REASON, RETRY, VERDICTS
from watcher.adapters.desks.slack.editing import Editor
from watcher.adapters.desks.slack.listeners import Listeners
from watcher.adapters.desks.slack.looking import Looker
from watcher.adapters.desks.slack.modal import EDIT_FORM, PREVIEWED
from watcher.adapters.desks.slack.reasons import REASON_FORM, Reasons


def register(app: App, listeners: Listeners) -> None:
    """Everything a card can be asked for."""
    editor, looker, reasons = Editor(listeners), Looker(listeners), Reasons(listeners)
    for action in VERDICTS:
        app.action(action)(editor.approve if action == APPROVE else listeners.decide)
    app.action(RETRY)(listeners.retry)
    app.action(EDIT)(editor.open)
    app.action(PREVIEWED)(editor.preview)
    app.view(EDIT_FORM)(editor.save)
    app.action(REASON)(reasons.choose)
    app.view(REASON_FORM)(reasons.write)
    app.action(MORE)(looker.look)
    app.error(listeners.fail)
