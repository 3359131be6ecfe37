"""Writes a catalog's layout, as learned from the file, into the configuration files of the topics that write to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from watcher.domain.catalog.shape import Shape, proposed_fields
from watcher.domain.errors import ConfigError, UsageError
from watcher.settings import Settings

_COMMENTS = {
    "form": "table or bullets",
    "order": "oldest-first or newest-first",
    "numbering": "none, rising or falling, from the first entry to the last",
    "restarts": "numbers begin anew in every section",
    "sections": "headings above the entries: none, year or topic",
    "into": "heading under which new entries go where none fits better",
    "total": "how the file states the number of its entries, {n} for the number; empty: it does not",
    "preprint": 'how the list names a preprint as a venue; empty: "arXiv (2026年6月)"',
    "entry": "pieces of an entry in bullets; one is left out if a field in it is empty",
}


def keep_shape(settings: Settings, path: Path, shape: Shape) -> list[Path]:
    """Write a catalog's layout into the configuration files of all topics that add rows to it; return the files that
    changed.

    If none does and the deployment has one topic, the file becomes that topic's catalog. Raises ConfigError, or
    UsageError if no topic writes to the file.
    """
    topics = [topic for topic in settings.topics if settings.catalog_of(topic).resolve() == path.resolve()]
    new = not topics
    if new and len(settings.topics) == 1 and not settings.env.WATCHER_CATALOG:
        topics = list(settings.topics)
    if not topics:
        raise UsageError(
            "no topic writes to this file", about=str(path), remedy="name it under [catalog] file in a topic's file"
        )
    files = [settings.config / "topics" / f"{topic.slug}.toml" for topic in topics]
    return [file for file in files if write_shape(file, shape, str(path.resolve()) if new else "")]


def write_shape(path: Path, shape: Shape, file: str = "") -> bool:
    """Write a catalog's layout, and the catalog's path `file` if given, into the table [catalog] of a topic's TOML
    file; everything else, comments too, stays. Returns whether the file changed. Raises ConfigError.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        text = path.read_text(encoding="utf-8")
        document = tomlkit.parse(text)
        standing = document.get("catalog", "")
        table = standing if isinstance(standing, dict) else tomlkit.table()
        if not isinstance(standing, dict):  # the name of the file alone, as older topics have it
            document.pop("catalog", None)
            table["file"] = file or standing
            document["catalog"] = table
        elif file:
            table["file"] = file
        _fill(table, shape)
        written = tomlkit.dumps(document)
        if written != text:
            path.write_text(written, encoding="utf-8")
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(f"cannot be changed: {error}", about=str(path), remedy="set [catalog] by hand") from error
    return written != text


def _fill(table: Any, shape: Shape) -> None:
    """Write a shape into a TOML table; values that are there already keep their comments."""
    import tomlkit

    values = {name: getattr(shape, name) for name in _COMMENTS}
    values["entry"] = list(shape.entry)
    for name, value in values.items():
        plain = str(value) if isinstance(value, str) else value
        if name in table:
            if table[name] != plain:
                table[name] = plain
            continue
        item: Any = tomlkit.item(plain)
        if name == "entry":
            item.multiline(len(plain) > 1)
        table.add(name, item.comment(_COMMENTS[name]))
    columns = tomlkit.aot()
    for column in shape.columns:
        row = tomlkit.table()
        row.update({"heading": column.heading, "field": column.field, "write": column.write})
        row.update({"empty": column.empty} if column.empty else {})
        columns.append(row)
    standing = [dict(column) for column in table.get("columns", [])]
    if standing != [dict(column) for column in columns]:
        table.pop("columns", None)
        if shape.columns:
            table["columns"] = columns
    _fill_fields(table, shape)


def _fill_fields(table: Any, shape: Shape) -> None:
    """Put the proposed sources of own fields into the table [catalog.fields]; what stands there stays."""
    import tomlkit

    fields = table.get("fields", tomlkit.table())
    new = [field for field in proposed_fields(shape) if field.name not in fields]
    for field in new:
        value = tomlkit.inline_table()
        value.update({"source": str(field.source), **({"prompt": field.prompt} if field.prompt else {})})
        fields.add(field.name, value)
    if new and "fields" not in table:
        fields.comment("metadata, model (with a prompt), figure or nothing")
        table["fields"] = fields
