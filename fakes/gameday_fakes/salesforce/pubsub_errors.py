"""How the Pub/Sub API refuses a call: a status of gRPC, an error code in the trailers, a text with the call's id.

Salesforce, "Pub/Sub API Documentation", "Handle Errors", which lists the error codes; texts are those that clients
report. Codes that no public source shows are left out, and then there is only the status.
"""

from __future__ import annotations

from typing import NamedTuple

from gameday_fakes.http import Reply

#: Of the fake's own replies to the calls.
GRPC = b"application/grpc"
_CODES = "sfdc.platform.eventbus.grpc."
# Status codes of gRPC.
UNKNOWN, INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, EXHAUSTED = 2, 3, 5, 7, 8
UNIMPLEMENTED, INTERNAL, UNAVAILABLE, UNAUTHENTICATED = 12, 13, 14, 16


class Refusal(NamedTuple):
    """The status of gRPC with which a call ends, its text, and the error code in the trailers, which may be empty."""

    status: int
    text: str
    code: str = ""


class RpcRefused(Exception):
    """A call that is refused."""

    def __init__(self, status: int, text: str, code: str = "") -> None:
        super().__init__(text)
        self.refusal = Refusal(status, text, f"{_CODES}{code}" if code else "")

    def reply(self) -> Reply:
        """The same as a reply of the fake, which its routes and faults speak of."""
        status, text, code = self.refusal
        headers = [(b"grpc-status", str(status).encode()), (b"error-code", code.encode())]
        http = {UNAUTHENTICATED: 401, PERMISSION_DENIED: 403, NOT_FOUND: 404}.get(status, 400)
        return Reply(http, text.encode(), headers, content_type=GRPC, error=code or text)


def no_session() -> RpcRefused:
    """Without valid headers, and of a session that has ended."""
    text = "An authentication exception occurred. Provide valid authentication via metadata headers."
    return RpcRefused(UNAUTHENTICATED, text, "service.auth.error")


def no_topic(name: str, organization_id: str) -> RpcRefused:
    """Of a topic that there is not."""
    text = (
        f"The topic information for org CORE/prod/{organization_id} and topic {name[:200]} not found. Ensure the topic "
        "name is correct and that the topic exists."
    )
    return RpcRefused(NOT_FOUND, text)


def refusal_of(reply: Reply) -> Refusal | None:
    """How a call ends that the fake, or a fault, answers so; None if it goes on.

    A fault answers in the words of REST; the status decides what that is here.
    """
    headers = dict(reply.headers)
    if b"grpc-status" in headers:
        return Refusal(int(headers[b"grpc-status"]), reply.body.decode(), headers[b"error-code"].decode())
    if reply.status < 400:
        return None
    if reply.error == "rate_limited":
        text = "You have exceeded the event delivery limit for your org."
        return Refusal(EXHAUSTED, text, f"{_CODES}subscription.limit.exceeded")
    match reply.status:
        case 401:
            return no_session().refusal
        case 403:
            return Refusal(PERMISSION_DENIED, "The user has no access.")
        case 404:
            return Refusal(NOT_FOUND, "Not found.")
        case 420 | 502 | 503 | 504:
            return Refusal(UNAVAILABLE, "The service is unavailable.", f"{_CODES}service.unavailable")
        case 501:
            return Refusal(UNIMPLEMENTED, "This fake lacks the call.")
        case 500:
            return Refusal(INTERNAL, "An internal error occurred.")
    return Refusal(INVALID_ARGUMENT, "The request is invalid.")
