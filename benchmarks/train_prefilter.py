"""Trains a topic's prefilter from the labels that ship with it, to be shipped beside them.

    python benchmarks/train_prefilter.py TOPIC --stream PAPERS.jsonl.gz [--output FILE]

PAPERS are announced papers, as `watcher import` reads them: their probabilities say where a share ends until enough was
screened. Without --output it is written to config/prefilters/TOPIC.json.gz of the configuration in use.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the project, from wherever this is run

from watcher.adapters.prefilters.trained import Phrases
from watcher.adapters.prefilters.training import train
from watcher.bootstrap.configuration import prefilter_file
from watcher.settings import load_settings
from watcher.training.files import read_papers, starter_labels


def main() -> None:
    """Train, write and tell the name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("topic")
    parser.add_argument("--stream", type=Path, required=True)
    parser.add_argument("--output", type=Path)
    options, began = parser.parse_args(), time.perf_counter()
    settings = load_settings()
    (topic,) = (topic for topic in settings.topics if topic.slug == options.topic)
    papers, _ = read_papers(options.stream)
    labeled = starter_labels(settings, topic)
    made = train(labeled, Phrases.of(topic.themes), topic.slug, [one.paper for one in papers.values()])
    output = options.output or prefilter_file(settings, topic.slug)
    output.write_bytes(made.dump())
    print(f"{made.name} from {len(labeled)} papers in {time.perf_counter() - began:.0f} s: {output}")


if __name__ == "__main__":
    main()
