"""The way of a request through authentication, limits and faults, and the shape of errors."""

from __future__ import annotations

from typing import Any, Literal

from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.hubspot.account import Account
from gameday_fakes.hubspot.errors import Refused, correlation_id, error_reply
from gameday_fakes.hubspot.portal import HUBSPOT
from gameday_fakes.hubspot.record import Record
from gameday_fakes.hubspot.standard import NAMES, NOT_SERVED, OBJECTS

_MAX_QUERY_BYTES = 16_384
#: The versions by date that are served.
VERSIONS = ("2026-03", "2026-09")


class LeftOut(Exception):
    """A request about an object that HubSpot has and the fake leaves out."""


class HubSpotBase(Account):
    """What all handlers share."""

    # -- errors --------------------------------------------------------------------------------------

    def error(self, kind: str, **context: Any) -> Reply:
        return error_reply(kind, self.correlation_id(), context.get("detail") or "")

    def correlation_id(self) -> str:
        """The id of one more reply."""
        self._replies += 1
        return correlation_id(self.seed, self._replies)

    def key_of(self, request: Request, route: Route) -> str | None:
        """The deal in the path; else the first one in the body of a batch."""
        if route.operation.startswith("deal.") and "id" in request.params:
            return self.deals.root_of(request.params["id"])
        if route.operation.startswith("batch."):
            return next(iter(self.deals_in(request)), None)
        return None

    def deals_in(self, request: Request) -> list[str]:
        """The deals that a batch names by their ids, each once, in their order."""
        if (
            not request.path.rpartition("/batch/")[0].endswith(("/deals", "/deal", "/0-3"))
            and "from" not in request.params
        ):
            return []
        inputs = request.json.get("inputs") if isinstance(request.json, dict) else None
        found: dict[str, None] = {}
        for each in inputs if isinstance(inputs, list) else ():
            given = each.get("from", each) if isinstance(each, dict) else {}
            id_ = given.get("id") if isinstance(given, dict) else None
            root = self.deals.root_of(id_) if isinstance(id_, str) else None
            if root is not None:
                found[root] = None
        return list(found)

    # -- the way of a request ------------------------------------------------------------------------

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        refusal = self.authenticate_again(request, route)
        if refusal is not None:
            return refusal
        if request.params.get("version", VERSIONS[0]) not in VERSIONS:
            return self.error("not_found")
        return self.error("uri_too_long") if len(request.query_string) > _MAX_QUERY_BYTES else None

    def authenticate_again(self, request: Request, route: Route) -> Reply | None:
        token = token_of(request)
        if not (route.operation.startswith("subscription.") and self._has_developer_key(request)):
            known = self.sessions.state_of(token)
            if known != "good":
                self.state.tokens_revoked()
                self._flush(request, route, None)
                return self._not_authenticated(token, expired=known == "expired")
        refusal = self.limits.refusal(self.settings, search=route.operation == "query")
        return self.error(refusal) if refusal else None

    @staticmethod
    def _has_developer_key(request: Request) -> bool:
        return request.query.get("hapikey") == HUBSPOT["developer_api_key"]

    def _not_authenticated(self, token: str, *, expired: bool) -> Reply:
        if not expired:
            return self.error("unauthorized")
        since_s = int(-self.sessions.left_s(token))
        message = f"The OAuth token used to make this call expired {since_s} second(s) ago."
        return Refused.of("expired", message).reply(self.correlation_id())

    def _carry_out(self, request: Request, route: Route) -> Reply:
        self.store.source = "INTEGRATION"
        try:
            reply = super()._carry_out(request, route)
        except Refused as refused:
            reply = refused.reply(self.correlation_id())
        except LeftOut:
            reply = self.left_out(request)
        self.accompany(request, route, reply)
        self._flush(request, route, reply)
        return reply

    def accompany(self, request: Request, route: Route, reply: Reply) -> None:
        # Of searches nothing is said about limits.
        if not route.public and route.operation != "query" and reply.status != 401:
            reply.headers += self.limits.headers(self.settings, private=self.sessions.is_private(token_of(request)))

    def _flush(self, request: Request, route: Route, reply: Reply | None) -> None:
        """Record the state faults that have made a difference to a request."""
        if self.state.hits:
            key = reply.key if reply is not None and reply.key else self._key(request, route)
            for fault_id in sorted(self.state.hits):
                self.hit(fault_id, route.operation, key)
            self.state.hits.clear()

    def object_of(self, name: str, request: Request, access: Literal["read", "write"]) -> str:
        """The object that a path names. Raises Refused if there is none or the token lacks the scope, and LeftOut."""
        object_ = NAMES.get(name.lower())
        if object_ is None:
            if name.lower() in NOT_SERVED:
                raise LeftOut
            raise Refused(f"Unable to infer object type from: {name[:80]}")
        scope = (
            f"{OBJECTS[object_].scope}.{access}" if OBJECTS[object_].scope.startswith("crm") else OBJECTS[object_].scope
        )
        asked = self.sessions.scopes(token_of(request))
        granted = all(not known or scope in known for known in (self.settings.scopes, asked))
        if not granted or not self.state.may(object_, access):
            detail = {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredScopes": [scope]},
            }
            raise Refused.of(
                "forbidden", errors=[detail], more={"links": {"scopes": "https://developers.hubspot.com/scopes"}}
            )
        return object_

    def need(self, object_: str, id_: str, id_property: str = "", *, archived: bool = False) -> Record:
        """A record by its id, or by a unique property. Raises Refused."""
        if id_property and id_property != "hs_object_id":
            known = self.schema.view(object_).shown.get(id_property)
            if known is None or not known.unique:
                raise Refused(f"{id_property[:80]!r} is not a unique property of {object_}")
            record = self.store.by_unique(object_, known.name, id_)
        else:
            if not (id_.isascii() and id_.isdigit()):
                context = {"id": [id_[:80]]}
                raise Refused.of("not_found", "Object not found.  objectId are usually numeric.", context=context)
            table = self.store.archive if archived else self.store.tables
            record = table[object_].get(id_ if archived else self.store.current(object_, id_))
        if record is None:
            raise Refused.of("not_found")
        return record


def token_of(request: Request) -> str:
    """The access token that a request carries."""
    return request.headers.get(b"authorization", b"").rpartition(b" ")[2].decode("latin-1")
