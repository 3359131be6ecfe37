"""The command `doctor`, which contacts everything configured and says how to mend what is broken."""

from __future__ import annotations

from typing import Annotated

import typer

from watcher.cli.base import Json, app, print_json, settings


@app.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Check configuration, database and files alone.")] = False,
    json: Json = False,
) -> None:
    """Contact everything configured and say how to mend what is broken; asks the model to score two papers."""
    from watcher.bootstrap import wall_clock
    from watcher.bootstrap.doctor import doctor as examine
    from watcher.domain.operations.vitals import Health
    from watcher.words_ja import cli as words

    found = examine(settings(), wall_clock, offline=offline)
    if json:
        print_json(
            [
                {"name": c.name, "health": c.health, "sign": c.sign, "remedy": words.remedy(c), "detail": c.detail}
                for c in found
            ]
        )
    else:
        for each in found:
            typer.echo(words.line(each))
        if all(each.health is Health.OK for each in found):
            typer.echo(words.WELL_INSIDE if offline else words.ALL_WELL)
    broken = [words.NAME[each.name] for each in found if each.health is Health.BROKEN]
    if broken:
        typer.echo(f"watcher: {words.broken(broken)}", err=True)
        raise typer.Exit(1)
