"""Slack's requests, and what the control plane needs of a pager."""

from __future__ import annotations

from typing import Any

from gameday_fakes.business_operations import Acknowledge, BusinessOperation, ResolveAlert
from gameday_fakes.fake import ControlError, Fake
from gameday_fakes.http import BadBody, Reply, Request, Route
from gameday_fakes.protocols import exact_json
from gameday_fakes.slack import errors as bodies
from gameday_fakes.slack.errors import ERRORS, webhook_error
from gameday_fakes.slack.manifest import MANIFEST
from gameday_fakes.slack.routes import ROUTES

#: What a message may hold.
_PARTS = ("text", "blocks", "attachments")


class Slack(Fake):
    """The fake Slack: the Web API's messages, and incoming webhooks."""

    manifest = MANIFEST
    api_version = "Web API"
    routes = ROUTES
    errors = ERRORS
    business_operations = (
        BusinessOperation("acknowledge", Acknowledge, lambda fake, key, _: fake.act("acknowledge", key), "alert"),
        BusinessOperation("resolve", ResolveAlert, lambda fake, key, _: fake.act("resolve", key), "alert"),
    )

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        given = request.header("authorization").removeprefix("Bearer ").strip()
        if not given and request.header("content-type").startswith("application/x-www-form-urlencoded"):
            given = request.form.get("token", "")
        return None if given == MANIFEST.credentials["token"] else self.error("unauthorized")

    def error(self, kind: str, **context: Any) -> Reply:
        return bodies.error(kind)

    def reset(self) -> None:
        #: By timestamp, which is a message's id.
        self.messages: dict[str, dict[str, Any]] = {}
        #: Messages that were updated, as they were at first.
        self._first: dict[str, dict[str, Any]] = {}

    def snapshot(self) -> dict[str, Any]:
        return {"messages": list(self.messages.values())}

    def act(self, action: str, ts: str) -> dict[str, Any]:
        """Answer a message with a reaction, as the person on call would: it acknowledges or resolves."""
        message = self.messages.get(ts)
        if message is None:
            raise ControlError(f"no message {ts!r}")
        self._tell({**message, "reaction": action}, self._first.get(ts, message))
        return {"id": ts}

    def test_login(self, _: Request) -> Reply:
        """``POST /api/auth.test``."""
        return Reply.json(200, {"ok": True, "team": "gameday", "user": "sync", "team_id": "T0", "user_id": "U0"})

    def post_message(self, request: Request) -> Reply:
        """``POST /api/chat.postMessage``."""
        content = _content(request)
        if not content.get("channel"):
            return self.error("channel_missing")
        if not _says_something(content):
            return self.error("no_text")
        return _posted(self._post(content))

    def update_message(self, request: Request) -> Reply:
        """``POST /api/chat.update``."""
        content = _content(request)
        known = self.messages.get(str(content.get("ts", "")))
        if known is None:
            return self.error("message_missing")
        if not _says_something(content):
            return self.error("no_text")
        first = dict(known)
        known |= {part: content[part] for part in _PARTS if part in content}
        self._tell(known, self._first.setdefault(known["ts"], first))
        return _posted(known)

    def post_to_webhook(self, request: Request) -> Reply:
        """``POST /services/T/B/SECRET``: 200 ``ok``. The secret is not recorded."""
        try:
            content = _content(request)
        except BadBody:
            return webhook_error("bad_body")
        if not _says_something(content):
            return webhook_error("no_text")
        self._post({"channel": "", **content})
        return Reply(200, b"ok", content_type=b"text/html")

    def _post(self, content: dict[str, Any]) -> dict[str, Any]:
        ts = f"{1_700_000_000 + int(self.clock.now_s())}.{len(self.messages) + 1:06}"
        shown = {name: content[name] for name in ("channel", "thread_ts", "username", *_PARTS) if name in content}
        self.messages[ts] = {"ts": ts, **shown}
        thread = str(shown.get("thread_ts", ""))
        self._tell(self.messages[ts], self._first.get(thread) or self.messages.get(thread) or self.messages[ts])
        return self.messages[ts]

    def _tell(self, message: dict[str, Any], first: dict[str, Any]) -> None:
        """Record a message; ``first`` is the one that it updates or answers, as it was posted."""
        raw = {"message": dict(message), "first": dict(first), "received_s": self.clock.now_s()}
        self.events.append(self.name, "alert", "ok", {"raw": raw})


def _posted(message: dict[str, Any]) -> Reply:
    body = {"ok": True, "channel": message["channel"], "ts": message["ts"], "message": message}
    return Reply.json(200, body)


def _content(request: Request) -> dict[str, Any]:
    """The JSON body, or a form whose ``payload``, ``blocks`` and ``attachments`` are JSON. Raises BadBody."""
    if request.header("content-type").startswith("application/x-www-form-urlencoded"):
        form: dict[str, Any] = {**request.form}
        for name in ("blocks", "attachments", "payload"):
            if name in form:
                form[name] = _decoded(form[name])
        content = form.pop("payload", form)
    else:
        content = request.json
    if not isinstance(content, dict):
        raise BadBody("not an object")
    return content


def _decoded(text: str) -> Any:
    try:
        return exact_json.decode(text.encode())
    except (ValueError, RecursionError) as problem:
        raise BadBody(str(problem)) from None


def _says_something(content: dict[str, Any]) -> bool:
    return any(content.get(part) for part in _PARTS)
