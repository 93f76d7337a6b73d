"""Jobs: requests that were accepted to be answered later."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from gameday_fakes.http import Reply


class Job(msgspec.Struct, frozen=True):
    """A request that was accepted, and the reply that it would have had. ``accepted_s`` is Unix time."""

    id: str
    method: str
    path: str
    reply: Reply
    accepted_s: float


class Jobs:
    """All jobs, by id and by the idempotency key of their request."""

    def __init__(self, wall_s: Callable[[], float] = time.time) -> None:
        self._wall_s = wall_s
        self._jobs: dict[str, Job] = {}
        self._by_key: dict[str, str] = {}

    def add(self, method: str, path: str, reply: Reply, key: str) -> Job:
        """Keep a request's reply as a job."""
        job = Job(str(len(self._jobs) + 1), method, path, reply, self._wall_s())
        self._jobs[job.id] = job
        if key:
            self._by_key[key] = job.id
        return job

    def get(self, job_id: str) -> Job | None:
        """A job by its id."""
        return self._jobs.get(job_id)

    def first_with(self, key: str) -> str | None:
        """The id of the job that was accepted under an idempotency key; none for an empty key."""
        return self._by_key.get(key) if key else None
