"""Looks until 95 % of the papers that belong are found: ours and ASReview's, on the same files and known papers.

    pip install asreview==3.0.8      # in an environment of its own or beside the project; it is no dependency
    python benchmarks/simulate_vs_asreview.py [--only judged|stream] [--asreview asreview]

Both begin with the catalog's own papers and know nothing else. `judged` hides the papers that belong among the 366
judged ones, `stream` among all 8,841 papers of two weeks, where papers without a label are answered as not belonging.
ASReview learns again after every look, we after every look at first and later after one in fifty.
"""

from __future__ import annotations

import argparse
import csv
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the project, from wherever this is run

from watcher.bootstrap.configuration import labels_file  # noqa: E402
from watcher.domain.screening.measure import LabeledPaper  # noqa: E402
from watcher.settings import load_settings  # noqa: E402
from watcher.training.evaluate import Simulation, simulate  # noqa: E402
from watcher.training.files import Announced, read_labels, read_papers  # noqa: E402

PAPERS = ROOT / "tests" / "data" / "papers" / "announced_2026-06-15_2026-07-03.jsonl.gz"
LABELS = ROOT / "tests" / "data" / "labels" / "judged_2026-06-15_2026-07-03.jsonl"


def theirs(
    program: str, known: Sequence[LabeledPaper], papers: dict[str, Announced], belonging: set[str]
) -> Simulation:
    """ASReview's simulation with its default model."""
    with tempfile.TemporaryDirectory() as folder:
        data, project = Path(folder) / "papers.csv", Path(folder) / "simulation.asreview"
        with data.open("w", encoding="utf-8", newline="") as lines:
            rows = csv.writer(lines)
            rows.writerow(["title", "abstract", "included"])
            rows.writerows([one.title, one.abstract, 1] for one in known)
            rows.writerows([one.paper.title, one.paper.abstract, int(key in belonging)] for key, one in papers.items())
        priors = map(str, range(len(known)))
        command = [program, "simulate", str(data), "--prior-idx", *priors, "--seed", "1", "-o", str(project)]
        subprocess.run(command, check=True, capture_output=True)
        zipfile.ZipFile(project).extract("results.db", folder)
        answers = [
            answer
            for (answer,) in sqlite3.connect(f"{folder}/results.db").execute("select label from results order by rowid")
        ][len(known) :]
    found = tuple(look for look, answer in enumerate(answers, start=1) if answer)
    return Simulation(len(papers), len(belonging), len(known), found)


def main() -> None:
    """Run both, print side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["judged", "stream"])
    parser.add_argument("--asreview", default="asreview")
    given = parser.parse_args()
    settings = load_settings({"WATCHER_CONFIG": str(ROOT / "config")})
    (topic,) = settings.topics
    known = [one for one in read_labels(labels_file(settings, topic.slug)).texts.values() if one.day is None]
    labels, (everything, _) = read_labels(LABELS).labels, read_papers(PAPERS)
    judged = {one.paper: everything[one.paper] for one in labels}
    belonging = {one.paper for one in labels if one.belongs}
    for name, papers in (("judged", judged), ("stream", everything)):
        if given.only not in {None, name}:
            continue
        print(f"{name}: {len(belonging)} of {len(papers)} papers belong, {len(known)} known")
        for who in ("ours", "asreview"):
            began = time.perf_counter()
            if who == "ours":
                found = simulate(topic, known, labels, papers)
            else:
                found = theirs(given.asreview, known, papers, belonging)
            looks = ", ".join(
                f"{recall:.0%} {found.looks(recall)}" for recall in (0.5, 0.8, 0.9, 0.95, 1.0) if found.looks(recall)
            )
            print(f"  {who:9} looks: {looks} ({time.perf_counter() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
