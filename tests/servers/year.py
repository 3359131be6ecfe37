"""An arXiv that lives through a year: papers held back, cross-listed late, replaced, withdrawn, edited; no clock.

Facts from info.arxiv.org/help/availability and arxiv_identifier: batches on the evenings of Sunday to Thursday at
20:00 Eastern but for holidays; ids are given at the announcement, contiguous through the month; the feed of the next
day shows the batch, and a paper is `new` in a feed that holds its primary category, `cross` in others.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from xml.sax.saxutils import escape

from tests.servers.oai import OaiArchive, OaiItem
from watcher.domain.papers.feeds import EASTERN, announced_at, brings_papers

WATCHED = ("cs.AI", "cs.CL", "cs.LG", "q-bio.NC")
ELSEWHERE = ("cs.DB", "math.CO", "stat.ML", "q-bio.GN")
_HEAD = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0"><channel>
<title>{query} updates on arXiv.org</title><link>http://rss.arxiv.org/rss/{query}</link>
<description>{query} updates on the arXiv.org e-print archive.</description>
<pubDate>{day:%a, %d %b %Y 00:00:00 -0400}</pubDate>
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a batch says of a paper: itself (version 1), a category it was added to later, or a later version."""

    item: OaiItem
    kind: str  # new, cross or replace, as seen from the paper's own categories
    added: str = ""

    def announce_type(self, asked: AbstractSet[str]) -> str | None:
        """The entry's type in a feed of the categories asked for; None when it is not in it."""
        seen = {self.added} if self.added else set(self.item.categories)
        if not seen & asked:
            return None
        primary = self.item.categories[0] in asked
        if self.kind == "replace":
            return "replace" if primary else "replace-cross"
        return "new" if self.kind == "new" and primary else "cross"

    def render(self, announce_type: str, day: date) -> str:
        item, version = self.item, len(self.item.versions)
        categories = "".join(f"<category>{name}</category>" for name in item.categories)
        return (
            f"<item><title>{escape(item.title)}</title><link>https://arxiv.org/abs/{item.id}</link>"
            f"<description>arXiv:{item.id}v{version} Announce Type: {announce_type} \nAbstract: "
            f'{escape(item.abstract)}</description><guid isPermaLink="false">oai:arXiv.org:{item.id}v{version}</guid>'
            f"{categories}<pubDate>{day:%a, %d %b %Y 00:00:00 -0400}</pubDate>"
            f"<arxiv:announce_type>{announce_type}</arxiv:announce_type><dc:creator>Hana Mori</dc:creator></item>"
        )


@dataclass(slots=True)
class Batch:
    """Everything announced on the evening before a feed day. `late` is how long the full list lags behind."""

    day: date
    at: datetime
    entries: list[Entry] = field(default_factory=list)
    edited: list[OaiItem] = field(default_factory=list)
    late: timedelta = timedelta(0)


class Year:
    """Batches from `start` on. `show(now)` moves to a moment, never back; `feed` and `archive` are then as of it."""

    def __init__(
        self,
        seed: int,
        start: date,
        days: int,
        holidays: AbstractSet[date],
        *,
        size: tuple[int, int] = (12, 24),
        subjects: Sequence[str] = ("knots",),
    ) -> None:
        """`size` is how many papers the smallest and the largest batch hold, `subjects` what they are about in turn."""
        self._chance = random.Random(seed)
        self._size, self._subjects = size, subjects
        self._papers: dict[str, OaiItem] = {}
        self._count: dict[str, int] = {}
        every = (start + timedelta(days=number) for number in range(days))
        self.batches = {day: self._batch(day) for day in every if brings_papers(day, holidays)}
        self._unseen = sorted(self.batches.values(), key=lambda batch: batch.at + batch.late)
        self._held: dict[str, OaiItem] = {}
        self.archive = OaiArchive(now=datetime.combine(start, time(), UTC))

    def news(self, watched: AbstractSet[str]) -> dict[str, date]:
        """Every paper announced in a watched category, and the feed day when it first was."""
        found: dict[str, date] = {}
        for day, batch in self.batches.items():
            for entry in batch.entries:
                if entry.kind != "replace" and entry.announce_type(watched):
                    found.setdefault(entry.item.id, day)
        return found

    def show(self, now: datetime) -> None:
        self.archive.now = now.astimezone(UTC)
        while self._unseen and self._unseen[0].at + self._unseen[0].late <= now:
            batch = self._unseen.pop(0)
            self._held.update((entry.item.id, entry.item) for entry in batch.entries)
            self._held.update((item.id, item) for item in batch.edited)
            self.archive.items = list(self._held.values())

    def feed(self, query: str, day: date, *, part: float = 1.0) -> bytes:
        """The document of a feed day; of its entries only the last `part`, as when a batch is not yet complete."""
        batch = self.batches.get(day)
        entries = batch.entries if batch else []
        return self.feed_of(query, day, entries[len(entries) - round(len(entries) * part) :])

    def feed_of(self, query: str, day: date, entries: Sequence[Entry]) -> bytes:
        """The document of a feed day as if its batch had just these entries."""
        shown = _entries(entries, frozenset(query.split("+")), day)
        return f"{_HEAD.format(query=query, day=day)}{''.join(shown)}</channel></rss>".encode()

    def stragglers(self, day: date, count: int) -> list[Entry]:
        """Papers that no feed and no list has shown, with ids older than those of any batch."""
        like = next(entry for entry in self.batches[day].entries if entry.kind == "new")
        items = (replace(like.item, id=f"2512.{90000 + number}", categories=[WATCHED[0]]) for number in range(count))
        return [replace(like, item=item) for item in items]

    def day_before(self, day: date) -> date:
        """The last feed day with a batch before a day, or the day itself when there is none."""
        return max((earlier for earlier in self.batches if earlier < day), default=day)

    # --- making it up ------------------------------------------------------------------------------

    def _batch(self, day: date) -> Batch:
        chance, at = self._chance, announced_at(day).astimezone(UTC)
        batch = Batch(day, at)
        lately = list(self._papers.values())[-400:]
        for _ in range(chance.randint(*self._size)):
            batch.entries.append(Entry(self._paper(at), "new"))
        again = chance.sample(lately, min(len(lately), chance.randint(0, 4)))
        for item in again:
            batch.entries.append(self._later(item, at))
        if lately and (item := chance.choice(lately)) not in again:
            batch.edited.append(self._keep(replace(item, changed=at + timedelta(hours=chance.randint(0, 18)))))
        if chance.random() < 0.03:
            batch.late = timedelta(hours=chance.choice([5, 12]))
        return batch

    def _paper(self, at: datetime) -> OaiItem:
        chance = self._chance
        month = f"{at.astimezone(EASTERN):%y%m}"
        number = self._count[month] = self._count.get(month, 0) + 1
        waited = timedelta(days=chance.randint(1, 14)) if chance.random() < 0.1 else timedelta(0)
        submitted = at - timedelta(hours=chance.randint(7, 30)) - waited
        primary = chance.choice(WATCHED + ELSEWHERE)
        subject = self._subjects[number % len(self._subjects)]
        others = chance.sample([name for name in WATCHED + ELSEWHERE if name != primary], chance.choice([0, 0, 1, 2]))
        return self._keep(
            OaiItem(
                id=f"{month}.{number:05d}",
                changed=at,
                versions=[(submitted, "")],
                categories=[primary, *others],
                title=f"On {subject}, part {month}.{number}",
                abstract=f"We tie {number} {subject} and find that x < y & z in all of them.",
            )
        )

    def _later(self, item: OaiItem, at: datetime) -> Entry:
        """A recent paper again: in one more category, or in one more version, at times withdrawn."""
        chance = self._chance
        fresh = at - item.changed < timedelta(days=10)
        absent = [name for name in WATCHED if name not in item.categories]
        if fresh and absent and chance.random() < 0.4:
            added = chance.choice(absent)
            return Entry(
                self._keep(replace(item, changed=at, categories=[*item.categories, added])), "cross", added=added
            )
        version = (at - timedelta(hours=chance.randint(7, 30)), "I" if chance.random() < 0.1 else "")
        return Entry(self._keep(replace(item, changed=at, versions=[*item.versions, version])), "replace")

    def _keep(self, item: OaiItem) -> OaiItem:
        self._papers[item.id] = item
        return item


def _entries(entries: Sequence[Entry], asked: AbstractSet[str], day: date) -> Iterator[str]:
    """The entries of a feed in arXiv's order: new, cross, replace, each with the newest id first."""
    order = ["new", "cross", "replace", "replace-cross"]
    typed: Iterable[tuple[str, Entry]] = [(kind, entry) for entry in entries if (kind := entry.announce_type(asked))]
    for kind, entry in sorted(typed, key=lambda pair: (-order.index(pair[0]), pair[1].item.id), reverse=True):
        yield entry.render(kind, day)
