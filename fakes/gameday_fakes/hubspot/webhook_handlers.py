"""The app's webhooks: where they go, and what it subscribes to."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec

from gameday_fakes.http import BadBody, Reply, Request
from gameday_fakes.hubspot.batch_handlers import inputs_of
from gameday_fakes.hubspot.errors import Refused
from gameday_fakes.hubspot.oauth_handlers import OAuthHandlers
from gameday_fakes.hubspot.object_handlers import body_of
from gameday_fakes.hubspot.portal import HUBSPOT
from gameday_fakes.hubspot.subscriptions import Subscription


class WebhookHandlers(OAuthHandlers):
    """Answers at ``/webhooks/v3/APP``."""

    def read_webhook_settings(self, request: Request) -> Reply:
        """``GET .../settings``: 404 without any."""
        self._need_app(request)
        if not self.settings.outbound_url:
            raise Refused.of("not_found")
        return Reply.json(200, self._settings())

    def change_webhook_settings(self, request: Request) -> Reply:
        """``PUT .../settings``."""
        self._need_app(request)
        body = body_of(request)
        url, throttling = body.get("targetUrl"), body.get("throttling")
        most = throttling.get("maxConcurrentRequests") if isinstance(throttling, dict) else None
        if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https") or not isinstance(most, int):
            raise BadBody("settings have a targetUrl and throttling with maxConcurrentRequests")
        if most < 1:
            raise Refused("maxConcurrentRequests is at least 1")
        changes = {"outbound_url": url[:2_000], "webhook_concurrency": min(most, 20)}
        self.change_settings(msgspec.structs.replace(self.settings, **changes), frozenset(changes))
        return Reply.json(200, self._settings())

    def delete_webhook_settings(self, request: Request) -> Reply:
        """``DELETE .../settings``: nothing is sent any more."""
        self._need_app(request)
        self.change_settings(msgspec.structs.replace(self.settings, outbound_url=""), frozenset({"outbound_url"}))
        return Reply(204)

    def list_subscriptions(self, request: Request) -> Reply:
        """``GET .../subscriptions``."""
        self._need_app(request)
        return Reply.json(200, {"results": [each.described() for each in self.subscriptions.by_id.values()]})

    def create_subscription(self, request: Request) -> Reply:
        """``POST .../subscriptions``: 201."""
        self._need_app(request)
        body = body_of(request)
        type_, property_ = str(body.get("eventType", "")), str(body.get("propertyName") or "")
        try:
            new = self.subscriptions.add(type_, property_, active=body.get("active") is True, now=self.now())
        except ValueError as problem:
            raise Refused(str(problem)) from None
        return Reply.json(201, new.described())

    def read_subscription(self, request: Request) -> Reply:
        """``GET .../subscriptions/ID``."""
        return Reply.json(200, self._subscription(request, request.params["subscription"]).described())

    def update_subscription(self, request: Request) -> Reply:
        """``PATCH .../subscriptions/ID``: turn it on or off."""
        known = self._subscription(request, request.params["subscription"])
        self._turn(known, body_of(request))
        return Reply.json(200, known.described())

    def update_subscriptions(self, request: Request) -> Reply:
        """``POST .../subscriptions/batch/update``."""
        done = []
        for each in inputs_of(request)[1]:
            known = self._subscription(request, str(each.get("id", "")))
            self._turn(known, each)
            done.append(known.described())
        return self.batch_reply(done, [], 200)

    def delete_subscription(self, request: Request) -> Reply:
        """``DELETE .../subscriptions/ID``."""
        known = self._subscription(request, request.params["subscription"])
        del self.subscriptions.by_id[known.id]
        return Reply(204)

    # -- parts ---------------------------------------------------------------------------------------

    def _need_app(self, request: Request) -> None:
        if request.params["app"] != HUBSPOT["app_id"]:
            raise Refused.of("not_found", f"no app {request.params['app'][:40]!r}")

    def _subscription(self, request: Request, id_: str) -> Subscription:
        self._need_app(request)
        known = self.subscriptions.by_id.get(int(id_)) if id_.isascii() and id_.isdigit() and len(id_) < 16 else None
        if known is None:
            raise Refused.of("not_found")
        return known

    def _turn(self, known: Subscription, body: dict[str, Any]) -> None:
        if not isinstance(body.get("active"), bool):
            raise BadBody("active is true or false")
        known.active, known.updated = body["active"], self.now()

    def _settings(self) -> dict[str, Any]:
        now = self.now()
        throttling = {"maxConcurrentRequests": self.settings.webhook_concurrency, "period": "SECONDLY"}
        url = self.settings.outbound_url
        return {"targetUrl": url, "throttling": throttling, "createdAt": now, "updatedAt": now}
