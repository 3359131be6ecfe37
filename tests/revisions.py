"""A second revision after the first, as the next release will bring one: a table that the program does not know."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from watcher.adapters.store import migrations

SECOND = "0002_second"
_SCRIPT = f'''"""One more table."""

import sqlalchemy as sa
from alembic import op

revision = "{SECOND}"
down_revision = "{migrations.HEAD}"


def upgrade() -> None:
    op.create_table("extras", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))


def downgrade() -> None:
    op.drop_table("extras")
'''


def with_second_revision(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process go on as the next release would, with a copy of the migrations in a folder."""
    scripts = folder / "migrations"
    shutil.copytree(migrations.SCRIPTS, scripts)
    (scripts / "versions" / f"{SECOND}.py").write_text(_SCRIPT, encoding="utf-8")
    monkeypatch.setattr(migrations, "SCRIPTS", scripts)
    monkeypatch.setattr(migrations, "HEAD", SECOND)


def next_release(folder: Path) -> Path:
    """A copy of the whole program that has a second revision; `python -m watcher` runs it there."""
    package = folder / "watcher"
    shutil.copytree(Path(migrations.__file__).parents[3], package, ignore=shutil.ignore_patterns("__pycache__"))
    scripts = package / "adapters" / "store" / "migrations"
    (scripts / "versions" / f"{SECOND}.py").write_text(_SCRIPT, encoding="utf-8")
    code = scripts / "__init__.py"
    text = code.read_text(encoding="utf-8")
    assert f'HEAD = "{migrations.HEAD}"' in text
    code.write_text(text.replace(f'HEAD = "{migrations.HEAD}"', f'HEAD = "{SECOND}"'), encoding="utf-8")
    return folder
