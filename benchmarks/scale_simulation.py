"""Plays a day of a large deployment, resource by resource: how long each takes, and which cannot be done in the day.

    python benchmarks/scale_simulation.py [--papers 1300] [--topics 1000] [--curators 10000] [--calls 4]

Every resource is a queue with servers. Jobs of one topic come after one another: its papers are screened, those that
pass are scored in batches, relevant ones summarized, posted, decided, cataloged. The time of a job is the constant of
docs/scale.md, spread as an exponential distribution. Prints for each resource how busy it is, when it ended, and how
long a job waited in the 95th percentile; then the same as papers, topics and curators double, until one is overrun.
"""

from __future__ import annotations

import argparse
import heapq
import random
from dataclasses import dataclass, field
from itertools import count

DAY = 86_400.0
# Seconds a job, unless said otherwise; where a constant comes from stands in docs/scale.md.
FETCH_PAGE, PAPERS_A_PAGE = 3.0, 2500
INTAKE, SCREEN = 1 / 760, 1 / 2800
WATCHED = 0.25  # of all papers, in the categories of one topic
PASSED, RELEVANT = 0.10, 0.05  # of what a topic watches; of what passed
BATCH, QUESTION = 15, 8.0
POST, DECIDE, PUSH = 1.0, 0.05, 1.5
DECISIONS = 1.3  # clicks a card, undone and edited ones with them
SERVERS = {"arxiv": 1, "intake": 1, "screening": 2, "slack": 0, "database": 1, "git": 0}


@dataclass
class Resource:
    """Servers that take jobs in the order in which they come."""

    servers: int
    free: list[float] = field(default_factory=list)
    busy: float = 0.0
    ended: float = 0.0
    waits: list[float] = field(default_factory=list)

    def take(self, at: float, seconds: float) -> float:
        """Do a job that comes at a moment; gives when it is done."""
        begin = max(at, heapq.heappop(self.free)) if len(self.free) >= self.servers else at
        done = begin + seconds
        heapq.heappush(self.free, done)
        self.busy += seconds
        self.ended = max(self.ended, done)
        self.waits.append(begin - at)
        return done

    def late(self) -> float:
        """The wait that one job in twenty exceeds."""
        return sorted(self.waits)[int(len(self.waits) * 0.95)] if self.waits else 0.0


def play(papers: int, topics: int, curators: int, calls: int, seed: int) -> dict[str, Resource]:
    """One day with so many model calls at a time. Each topic has a Slack channel and a catalog of its own; ten topics share a workspace."""
    chance = random.Random(seed)
    made = {name: Resource(servers or topics) for name, servers in SERVERS.items()}
    made["model"] = Resource(calls)
    resources, spread = made, chance.expovariate
    here = resources["arxiv"].take(0.0, FETCH_PAGE * -(-papers // PAPERS_A_PAGE))
    here = resources["intake"].take(here, INTAKE * papers)
    watched = round(papers * WATCHED)
    events: list[tuple[float, int, str, int]] = []
    order = count()
    for topic in range(topics):
        done = resources["screening"].take(here, SCREEN * watched)
        passed = sum(chance.random() < PASSED for _ in range(watched))
        for _ in range(-(-passed // BATCH)):
            heapq.heappush(events, (done, next(order), "score", topic))
    slack, git = [0.0] * topics, [0.0] * topics
    decisions = min(DECISIONS, curators / topics)  # nobody is there to click more
    while events:
        at, _, what, topic = heapq.heappop(events)
        match what:
            case "score":
                done = resources["model"].take(at, spread(1 / QUESTION))
                for _ in range(sum(chance.random() < RELEVANT for _ in range(BATCH))):
                    heapq.heappush(events, (done, next(order), "summarize", topic))
            case "summarize":
                done = resources["model"].take(at, spread(1 / QUESTION))
                heapq.heappush(events, (done, next(order), "post", topic))
            case "post":
                slack[topic] = done = _lane(resources["slack"], slack[topic], at, POST)
                if chance.random() < decisions:
                    heapq.heappush(events, (done + spread(1 / 14_400), next(order), "decide", topic))
            case "decide":
                done = resources["database"].take(at, spread(1 / DECIDE))
                heapq.heappush(events, (done, next(order), "push", topic))
            case _:
                git[topic] = _lane(resources["git"], git[topic], at, spread(1 / PUSH))
    return resources


def _lane(resource: Resource, free: float, at: float, seconds: float) -> float:
    """A job on a topic's own lane of a resource."""
    begin = max(at, free)
    resource.busy += seconds
    resource.ended = max(resource.ended, begin + seconds)
    resource.waits.append(begin - at)
    return begin + seconds


def main() -> None:
    """Print the day, then double it until a resource is overrun."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("papers", 1300), ("topics", 1000), ("curators", 10_000), ("calls", 4), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    resources = play(given.papers, given.topics, given.curators, given.calls, given.seed)
    print(
        f"{given.papers} papers a day, {given.topics} topics, {given.curators} curators, {given.calls} model calls at a time"
    )
    for name, one in resources.items():
        share = one.busy / (one.servers * DAY)
        print(f"  {name:10} busy {share:7.2%}  done after {one.ended / 60:7.1f} min  late wait {one.late():8.1f} s")
    for growing in ("papers", "topics", "curators"):
        size = {"papers": given.papers, "topics": given.topics, "curators": given.curators}
        for _ in range(5):
            grown = play(**size, calls=given.calls, seed=given.seed)
            first = max(grown, key=lambda name: grown[name].busy / (grown[name].servers * DAY))
            share = grown[first].busy / (grown[first].servers * DAY)
            print(
                f"{growing} {size[growing]:7}: busiest {first}, {share:.1%}; last card {grown['slack'].ended / 3600:.1f} h"
            )
            if share > 1 or grown["slack"].ended > DAY:
                break
            size[growing] *= 2


if __name__ == "__main__":
    main()
