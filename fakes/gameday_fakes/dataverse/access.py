"""Who may do what in the environment, and how often: log-in, tokens, limits, rights and locks."""

from __future__ import annotations

from gameday_fakes.bearer_tokens import bearer_token
from gameday_fakes.dataverse.errors import error_reply
from gameday_fakes.dataverse.faults import StateFaults
from gameday_fakes.dataverse.identity import CREDENTIALS, USER_ID
from gameday_fakes.dataverse.settings import Settings
from gameday_fakes.entra_id import AccessTokens, asked_resource, problem_reply, secret_of, token_reply
from gameday_fakes.http import BadBody, Reply, Request, Route
from gameday_fakes.odata.errors import ODataError
from gameday_fakes.odata.serving import ODataFake, Target
from gameday_fakes.request_window import RequestWindow


class Access(ODataFake):
    """What a request has to pass before it is carried out."""

    tokens: AccessTokens
    settings: Settings
    state: StateFaults
    _window: RequestWindow
    _in_batch: bool

    def issue_token(self, request: Request) -> Reply:
        form = secret_of(request)
        problem = self.tokens.problem(request.params["tenant"], form)
        if not problem and self.state.login_refused():
            problem = "revoked"
        if problem:
            self._note_hits(request, "login", None)
            self.events.append(self.name, "login", "fail", {"operation": "login", "reason": problem})
            return problem_reply(problem)
        self.events.append(self.name, "login", "ok", {"operation": "login"})
        return token_reply(self.tokens.issue(asked_resource(form)))

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        return self.authenticate_again(request, route) or self.allowed(request, route)

    def authenticate_again(self, request: Request, route: Route) -> Reply | None:
        token = bearer_token(request)
        if token is None or not self.tokens.accepts(token.strip()):
            self.state.tokens_revoked()
            self._note_hits(request, route.operation, None)
            reply = self.error("unauthorized")
            authority = f"https://login.microsoftonline.com/{CREDENTIALS['tenant']}/oauth2/authorize"
            resource = CREDENTIALS["scope"].removesuffix(".default")
            where = f"Bearer authorization_uri={authority}, resource_id={resource}"
            reply.headers.append((b"www-authenticate", where.encode()))
            return reply
        if self._window.is_full(self.clock.now_s(), self.settings.requests_in_5_minutes):
            most = self.settings.requests_in_5_minutes
            text = f"Number of requests exceeded the limit of {most} over time window of 300 seconds."
            left_s = self._window.left_s(self.clock.now_s())
            return error_reply("rate_limited", text, key=self._key(request, route), retry_after_s=left_s)
        return None

    def allowed(self, request: Request, route: Route) -> Reply | None:
        target = request.message
        if not isinstance(target, Target) or isinstance(target.resource, ODataError):
            return None
        writes = request.method not in ("GET", "HEAD")
        deal = self._key(request, route)
        for step in target.resource.steps:
            if not self.state.may(step.of.name, "write" if writes else "read"):
                right = f"prv{'Write' if writes else 'Read'}{step.of.type.title()}"
                text = f"Principal user (Id={USER_ID}, type=8) lacks the privilege {right} for '{step.of.type}'."
                return error_reply("forbidden", text, key=deal)
        if writes and deal is not None:
            if self._in_batch and (kind := self.state.part_fails(deal)):
                return self.error(kind, key=deal)
            if self.state.locks(deal):
                return self.error("locked", key=deal)
        return None

    def _note_hits(self, request: Request, operation: str, reply: Reply | None) -> None:
        """Record the state faults that have made a difference to a request."""
        if self.state.hits:
            key = reply.key if reply is not None and reply.key else None
            if key is None:
                try:
                    key = self.key_of(request, Route(request.method, request.path, operation, ""))
                except BadBody:
                    key = None
            for fault_id in sorted(self.state.hits):
                self.hit(fault_id, operation, key)
            self.state.hits.clear()
