"""Asynchronous requests: ``Prefer: respond-async`` is answered 202 with a job, whose task has the result.

The fake does the work at once, so every job is complete when it is first read. A repeated
``X-NetSuite-Idempotency-Key`` is refused with a link to the first job, and its reply is not sent again; synchronous
requests ignore the key. Source: "Sending an Asynchronous Request Using an Idempotency Key".
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.netsuite.base import NetSuiteBase
from gameday_fakes.netsuite.errors import Refused, error_reply
from gameday_fakes.netsuite.jobs import Job
from gameday_fakes.netsuite.render import ROOT, timestamp

JOBS = f"{ROOT}/async/v1/job"
_APPLIED = (b"preference-applied", b"respond-async")


class JobHandlers(NetSuiteBase):
    """Accepts asynchronous requests and shows their jobs."""

    def _carry_out(self, request: Request, route: Route) -> Reply:
        if b"prefer" not in request.headers or not self._is_asynchronous(request):
            return super()._carry_out(request, route)
        key = request.header("x-netsuite-idempotency-key")
        first = self.jobs.first_with(key)
        if first is not None:
            return self.authenticate(request, route) or self._conflict(request, first)
        reply = super()._carry_out(request, route)
        if reply.status in (401, 403, 429):
            return reply
        job = self.jobs.add(request.method, request.path, reply, key)
        accepted = Reply(202, headers=[_location(request, job.id), _APPLIED], event=reply.event, key=reply.key)
        if route.event and not reply.committed:
            failure = {"operation": route.operation, "status": reply.status, "error": reply.error}
            accepted.event = (route.event, {"deal": self.key_of(request, route), **failure})
            accepted.committed = False
        return accepted

    @staticmethod
    def _is_asynchronous(request: Request) -> bool:
        return "respond-async" in request.header("prefer").lower() and request.path.startswith(f"{ROOT}/record/")

    @staticmethod
    def _conflict(request: Request, job_id: str) -> Reply:
        reply = error_reply("idempotency")
        reply.headers += [_location(request, job_id), _APPLIED]
        return reply

    def read_job(self, request: Request) -> Reply:
        job = self._job(request)
        url = f"{request.base_url}{JOBS}/{job.id}"
        body = {
            "links": [{"rel": "self", "href": url}],
            "id": job.id,
            "completed": True,
            "progress": "succeeded" if job.reply.committed else "failed",
            "task": {"links": [{"rel": "self", "href": f"{url}/task"}]},
        }
        return Reply.json(200, body)

    def list_tasks(self, request: Request) -> Reply:
        job = self._job(request)
        url = f"{request.base_url}{JOBS}/{job.id}/task"
        item = {"links": [{"rel": "self", "href": f"{url}/1"}], "id": "1"}
        return Reply.json(200, {"links": [{"rel": "self", "href": url}], "items": [item], "totalResults": 1})

    def read_task(self, request: Request) -> Reply:
        job = self._job(request)
        url = f"{request.base_url}{JOBS}/{job.id}/task/1"
        body: dict[str, Any] = {
            "links": [{"rel": "self", "href": url}],
            "id": "1",
            "completed": True,
            "progress": "succeeded" if job.reply.committed else "failed",
            "method": job.method,
            "startTime": timestamp(job.accepted_s),
            "endTime": timestamp(job.accepted_s),
            "result": {"links": [{"rel": "self", "href": f"{url}/result"}]},
        }
        return Reply.json(200, body)

    def read_result(self, request: Request) -> Reply:
        done = self._job(request).reply
        reply = Reply(done.status)
        reply.body, reply.headers = done.body, list(done.headers)
        return reply

    def _job(self, request: Request) -> Job:
        job = self.jobs.get(request.params["job"])
        if job is None or request.params.get("task", "1") != "1":
            raise Refused("not_found")
        return job


def _location(request: Request, job_id: str) -> tuple[bytes, bytes]:
    return b"location", f"{request.base_url}{JOBS}/{job_id}".encode()
