"""Sets up a configuration from each of the given lists by `watcher init`, and runs the day of 2026-06-29 with it.

    python benchmarks/init_lists.py LIST.md… [--model] [--show]

ArXiv and the model server are stand-ins on loopback: arXiv knows the titles that stand in the list, under categories
made up from them; with `--model` the criteria are written by the stand-in, else by counting. Said of each list: entries and
ids understood, categories and core keywords proposed, whether `check` passes, cards of the day, and the diff of the row
that an approval appends. `--show` prints what init said. Exit code 1 if a list does not get as far as a row.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from tests.servers.arxiv import ArxivServer  # noqa: E402
from tests.servers.arxiv_api import ArxivApi, Record  # noqa: E402
from tests.servers.llm import Behavior, LlmServer, honest, saying  # noqa: E402
from watcher.adapters.catalogs.markdown_entries import read_entries  # noqa: E402
from watcher.adapters.catalogs.markdown_learn import learn_shape  # noqa: E402
from watcher.domain.catalog.catalog import CatalogReading  # noqa: E402
from watcher.domain.errors import CatalogError  # noqa: E402

DATA = ROOT / "tests" / "data"
FEED = DATA / "feeds" / "rss_cs.AI+cs.CL_2026-06-29.xml"
NOW = "2026-06-29T05:00:00+00:00"
NOBODY = "http://127.0.0.1:9"
PAPER = "2606.27483"
_CATEGORIES = ("cs.AI", "cs.CL", "cs.CV", "cs.HC", "cs.LG")
DRAFT = {
    "belongs": "A paper belongs when it is about what the listed papers are about.",
    "criteria": [
        {"text": "it proposes a method of the theme", "label_ja": "手法の提案"},
        {"text": "it measures a method of the theme", "label_ja": "評価とベンチマーク"},
    ],
    "outside": "Papers that share words alone.",
    "could": "Words of the theme in a title.",
    "terms": ["method", "benchmark"],
}


def reading(path: Path) -> CatalogReading:
    """The entries of a list in its own shape."""
    data = path.read_bytes()
    try:
        return read_entries(data, path.name)
    except CatalogError:
        return read_entries(data, path.name, learn_shape(data, path.name))


def records(entries: CatalogReading) -> list[Record]:
    """What the stand-in for arXiv knows: the listed titles."""
    return [
        {
            "arxiv_id": entry.ids[0].native,
            "title": entry.title or "Untitled",
            "abstract": f"{entry.title}.",
            "authors": ["A B"],
            "categories": ["cs.AI", _CATEGORIES[len(entry.title) % len(_CATEGORIES)]],
        }
        for entry in entries.entries
        if entry.ids and entry.ids[0].source == "arxiv"
    ]


def in_english(answer: dict[str, Any]) -> str:
    """The recorded answer with its evidence, which is the abstract's own words, in the place of the Japanese summary."""
    if "evidence" not in answer or "summary_ja" not in answer:
        return honest(answer)
    told = " ".join(quote[:1].upper() + quote[1:].rstrip(".") + "." for quote in answer["evidence"])
    return honest({**answer, "summary_ja": told, "categories_ja": ["method"]})


class Trial:
    """Somebody with one list in an empty folder."""

    def __init__(self, folder: Path, path: Path, env: Mapping[str, str]) -> None:
        self.folder, self.env = folder, dict(env)
        self.list = folder / "list.md"
        shutil.copyfile(path, self.list)

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command."""
        command = [sys.executable, "-m", "watcher", *arguments]
        return subprocess.run(command, cwd=self.folder, env=self.env, capture_output=True, text=True, check=False)

    def go_on(self) -> None:
        """Load the .env that init wrote."""
        for line in (self.folder / ".env").read_text("utf-8").splitlines():
            name, _, value = line.partition("=")
            if value and not name.startswith("#"):
                self.env[name] = value
        self.env["WATCHER_MODEL"] = "m"


@contextmanager
def trial(path: Path) -> Iterator[tuple[Trial, LlmServer]]:
    """A list in a folder of its own, with the stand-ins around it."""
    known = records(reading(path))
    names = sorted({name for record in known for name in record["categories"]})
    with (
        tempfile.TemporaryDirectory() as folder,
        ArxivApi(known) as api,
        ArxivServer({"+".join(names): FEED.read_bytes()}) as feeds,
        LlmServer() as llm,
    ):
        env = {
            name: value for name, value in os.environ.items() if not name.startswith(("WATCHER_", "OPENAI_", "SLACK_"))
        }
        env |= {"PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": llm.url, "OPENAI_API_KEY": "sk-test-0123456789"}
        env |= {"WATCHER_ARXIV_API_URL": api.url, "WATCHER_ARXIV_RSS_URL": feeds.rss_url}
        env |= dict.fromkeys(("WATCHER_S2_URL", "WATCHER_OPENALEX_URL", "WATCHER_HF_URL"), NOBODY)
        yield Trial(Path(folder), path, env), llm


def tried(path: Path, *, with_model: bool, show: bool) -> bool:
    """Try one list, and print what came of it. Gives whether it got as far as a row."""
    entries = reading(path)
    ids = {paper for entry in entries.entries for paper in entry.ids}
    print(
        f"== {path.name}, {'with a model' if with_model else 'without a model'}: {len(entries.entries)} entries, {len(ids)} ids"
    )
    with trial(path) as (run, llm):
        if with_model:
            llm.script(saying(json.dumps(DRAFT)))
        made = run("init", "list.md", "--into", "config", "--yes", "--model", "m" if with_model else "")
        if show or made.returncode:
            print(made.stdout, made.stderr)
        if made.returncode:
            return False
        topic = next((run.folder / "config" / "topics").glob("*.toml")).read_text("utf-8")
        for name in ("language", "categories", "keywords"):
            print("  " + next(line for line in topic.splitlines() if line.startswith(name)))
        llm.always(Behavior(say=in_english) if 'language = "en"' in topic else Behavior())
        run.go_on()
        checked = run("check")
        ran = run("run", "--feed", str(FEED), "--now", NOW, "--json")
        print(
            f"  check: {checked.returncode} {checked.stderr.strip()}; run: {ran.returncode} {ran.stderr.strip()[-200:]}"
        )
        if checked.returncode or ran.returncode:
            return False
        counts = json.loads(ran.stdout)
        print(
            "  "
            + ", ".join(f"{name} {counts[name]}" for name in ("screened", "scored", "relevant", "posted", "flagged"))
        )
        before = run.list.read_text("utf-8")
        added = run("decide", PAPER, "approve")
        after = run.list.read_text("utf-8")
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
        print(*(f"  {line[:200]}" for line in lines), added.stderr.strip(), sep="\n")
        return added.returncode == 0 and re.search(PAPER, after) is not None


def main() -> None:
    """Try every list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lists", nargs="+", type=Path)
    parser.add_argument("--model", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    results = [tried(path, with_model=options.model, show=options.show) for path in options.lists]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
