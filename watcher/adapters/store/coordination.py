"""Database access by which the processes of a deployment coordinate: results of jobs, pauses (backoff) after failures,
and rate limiters that hold for all processes together.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa

from watcher.adapters.store.database import Database, Part
from watcher.adapters.store.rows import as_json, decode
from watcher.adapters.store.tables import backoffs, job_results, rate_limits, throttles
from watcher.domain.errors import ConfigError
from watcher.domain.text import fingerprint
from watcher.ports import JobResult
from watcher.ports.store import CoordinationStore

_UNREAD = timedelta(days=2)  # whoever wanted to know has died, and its run was taken up by others long ago


class Coordination(Part, CoordinationStore):
    def put_result(self, job: str, result: JobResult, at: datetime) -> None:
        with self._database.write_apart() as connection:
            connection.execute(sa.delete(job_results).where(job_results.c.at < at - _UNREAD))
            self._database.replace(connection, job_results, {"job": job, "result": as_json(result), "at": at})

    def has_result(self, job: str) -> bool:
        return self._scalar(sa.select(job_results.c.job).where(job_results.c.job == job)) is not None

    def pop_results(self, jobs: Sequence[str]) -> Mapping[str, JobResult]:
        return self._take(job_results.c.job.in_(jobs))

    def pop_run_results(self, run: str) -> Sequence[JobResult]:
        return list(self._take(job_results.c.job.startswith(f"{run}/", autoescape=True)).values())

    def _take(self, meant: sa.ColumnElement[bool]) -> Mapping[str, JobResult]:
        taken = sa.delete(job_results).where(meant).returning(job_results.c.job, job_results.c.result)
        with self._database.write_apart() as connection:
            return {row.job: decode(JobResult, row.result) for row in connection.execute(taken)}

    def is_paused(self, name: str, now: datetime) -> bool:
        query = sa.select(sa.exists().where(backoffs.c.name == name, backoffs.c.until > now))
        return bool(self._scalar(query))

    def pause(self, name: str, now: datetime, pauses: Sequence[timedelta]) -> None:
        count = sa.select(backoffs.c.failures).where(backoffs.c.name == name)
        with self._database.write() as connection:
            failures = connection.scalar(count) or 0
            pause = pauses[min(failures, len(pauses) - 1)]
            self._database.replace(connection, backoffs, {"name": name, "until": now + pause, "failures": failures + 1})

    def resume_all(self) -> None:
        self._write(sa.delete(backoffs))

    def resume(self, name: str) -> None:
        self._write(sa.delete(backoffs).where(backoffs.c.name == name))


# Seconds since 1970 on the database's own clock: the clocks of two hosts never agree.
_NOW_SQLITE = sa.literal_column("((julianday('now') - 2440587.5) * 86400.0)", sa.Double)
_NOW_POSTGRESQL = sa.literal_column("cast(extract(epoch from clock_timestamp()) as double precision)", sa.Double)
_GRAIN = 0.002  # SQLite's clock counts milliseconds: without this, two turns could be one too close


def _now_of(database: Database) -> sa.ColumnElement[float]:
    """SQL expression for the present time by the database's own clock, in seconds since 1970, because the clocks of
    several machines differ.
    """
    return _NOW_SQLITE if database.is_sqlite else _NOW_POSTGRESQL


class DatabaseThrottle:
    """Throttle for all processes of a deployment together: one request at a time to any of `hosts`, the next one
    `interval` seconds after the previous one ended. Requests to other hosts never wait.

    Its state is one database row called `name`. A process that dies during its request delays the others by at most
    `lease` seconds, which must be longer than a request may take.
    """

    def __init__(
        self,
        database: Database,
        hosts: AbstractSet[str],
        *,
        interval: float = 3.0,
        lease: float = 120.0,
        name: str = "arxiv",
    ) -> None:
        if lease < interval:
            raise ConfigError("the lease must not be shorter than the interval", about=f"pace {name}")
        self._database = database
        self._hosts = frozenset(hosts)
        self._interval = interval + _GRAIN
        self._lease = lease + _GRAIN
        self._name = name
        self._now = _now_of(database)

    def holds(self, host: str) -> bool:
        """Whether a host is one of those to which requests are throttled."""
        return host in self._hosts

    @contextmanager
    def __call__(self, host: str) -> Iterator[None]:
        """Context manager for one request to `host`, entered when the throttle allows it; at once for hosts that are
        not throttled.
        """
        if host not in self._hosts:
            yield
            return
        holder = uuid.uuid4().hex
        while (wait := self._wait()) > 0 or not self._take(holder):
            time.sleep(wait)
        try:
            yield
        finally:
            self._give_back(holder)

    def _wait(self) -> float:
        """The seconds to wait before trying again to take the turn; one that is held may end at any time."""
        left = sa.select(throttles.c.free_at - self._now, throttles.c.holder).where(throttles.c.name == self._name)
        with self._database.read() as connection:
            row = connection.execute(left).one_or_none()
        if row is None:
            with self._database.write() as connection:
                new = {"name": self._name, "free_at": 0.0, "holder": ""}
                self._database.insert_new(connection, throttles, [new])
            return 0.0
        seconds, holder = row
        if seconds > self._lease:  # nobody asks for so much: the database's clock was set back
            return 0.0
        return max(0.0, min(float(seconds), self._interval / 20 if holder else self._lease))

    def _take(self, holder: str) -> bool:
        """Take the turn by one UPDATE; it lasts until it is given back or the lease is over."""
        free = sa.or_(throttles.c.free_at <= self._now, throttles.c.free_at > self._now + self._lease)
        return self._set(self._now + self._lease, holder, free)

    def _give_back(self, holder: str) -> None:
        """Give the turn back: the next one may begin an interval from now. A turn whose lease ran out is not given
        back.
        """
        self._set(self._now + self._interval, "", throttles.c.holder == holder)

    def _set(self, free_at: sa.ColumnElement[float], holder: str, where: sa.ColumnElement[bool]) -> bool:
        change = (
            sa.update(throttles).where(throttles.c.name == self._name, where).values(free_at=free_at, holder=holder)
        )
        with self._database.write() as connection:
            return connection.execute(change).rowcount == 1


class HostThrottles:
    """Throttle for all processes of a deployment together: one request at a time to each host, `interval` seconds
    apart. The hosts of arXiv count as one and use the throttle `arxiv`.
    """

    def __init__(self, database: Database, arxiv: DatabaseThrottle, *, interval: float = 3.0) -> None:
        self._database = database
        self._arxiv = arxiv
        self._interval = interval

    @contextmanager
    def __call__(self, host: str) -> Iterator[None]:
        """Context manager for one request to `host`, entered when the throttle of that host allows it."""
        own = DatabaseThrottle(self._database, {host}, interval=self._interval, name=f"host {fingerprint(host)}")
        with self._arxiv(host) if self._arxiv.holds(host) else own(host):
            yield


_MOST_LATE = 1.0  # seconds


class DatabaseRateLimiter:
    """Rate limiter for all processes of a deployment together (GCRA, a leaky bucket): at most so many requests, tokens
    or other units per minute, evenly spaced without bursts, by the database's clock.

    A call waits for all its limits at once. Two processes never get the same place; one that dies while waiting leaves
    a gap.
    """

    def __init__(self, database: Database, service: str, per_minute: Mapping[str, float]) -> None:
        """`per_minute` are the limits for `service` by unit, e.g. requests or tokens."""
        self._database = database
        self._names = {kind: f"{kind} at {service}" for kind in sorted(per_minute)}
        self._seconds = {kind: 60.0 / most for kind, most in per_minute.items()}
        self._now = _now_of(database)

    def take(self, units: Mapping[str, float]) -> None:
        """Count these amounts by unit (e.g. requests, tokens) and wait until the limits allow them; units without a
        limit are ignored.

        If the process wakes more than a second late, it counts and waits again, because after a machine's sleep all
        requests would be sent at once.
        """
        late = _MOST_LATE + 1
        while late > _MOST_LATE:
            left = max(0.0, self._fill(units))
            began = time.monotonic()
            time.sleep(left)
            late = time.monotonic() - began - left

    def correct(self, units: Mapping[str, float]) -> None:
        full_at = rate_limits.c.full_at
        begun = sa.case((full_at > self._now, full_at), else_=self._now)
        with self._database.write() as connection:
            for kind, name in self._names.items():
                beyond = units.get(kind, 0.0) * self._seconds[kind]
                connection.execute(
                    sa.update(rate_limits).where(rate_limits.c.name == name).values(full_at=begun + beyond)
                )

    def _fill(self, units: Mapping[str, float]) -> float:
        """Count the units of each kind if the limits allow them now; return the seconds until then."""
        c, names = rate_limits.c, list(self._names.values())
        mine = sa.select(c.name, c.full_at).where(c.name.in_(names)).order_by(c.name).with_for_update()
        with self._database.write() as connection:
            full = dict(connection.execute(mine).all())
            if len(full) < len(names):
                self._database.insert_new(connection, rate_limits, [{"name": name, "full_at": 0.0} for name in names])
                full = dict(connection.execute(mine).all())
            now = float(connection.scalar(sa.select(self._now)) or 0.0)  # after the rows are ours
            begin = max(now, *map(float, full.values()))
            for kind, name in self._names.items():
                full_at = begin + units.get(kind, 0.0) * self._seconds[kind]
                connection.execute(sa.update(rate_limits).where(c.name == name).values(full_at=full_at))
        return begin - now
