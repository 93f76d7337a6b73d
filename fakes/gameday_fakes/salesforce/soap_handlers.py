"""The partner SOAP API at ``/services/Soap/u``: logins, records, queries and descriptions.

It works with the records, rules and faults of REST; only the messages are its own. Faults take a call for what it does:
``deal.write`` if it writes one deal, ``record.write`` for another record, ``batch`` for several records, ``query`` and
so on. Source: SOAP API Developer Guide, "Core Calls" and "Describe Calls".
"""

from __future__ import annotations

from typing import Any

from gameday_fakes.http import Reply, Request, Route
from gameday_fakes.protocols.soap import BadXml
from gameday_fakes.salesforce.collection_handlers import type_of
from gameday_fakes.salesforce.errors import SOAP, soap_fault
from gameday_fakes.salesforce.ids import canonical
from gameday_fakes.salesforce.login_handlers import LoginHandlers, is_password
from gameday_fakes.salesforce.manifest import MANIFEST
from gameday_fakes.salesforce.query_handlers import Page, QueryHandlers, page_size
from gameday_fakes.salesforce.render import full_describe, global_describe
from gameday_fakes.salesforce.sessions import SESSION_S
from gameday_fakes.salesforce.soap_bin import SoapBin
from gameday_fakes.salesforce.soap_message import (
    READS,
    WRITES,
    Message,
    answer,
    described,
    element,
    moment,
    query_result,
    read_message,
)
from gameday_fakes.salesforce.versions import RETIRED, SUPPORTED
from gameday_fakes.whole_numbers import whole_number

#: Rows on a page unless the client asks for another number ("QueryOptions Header").
_PAGE = "500"
#: What other calls do, in the words of faults.
_OPERATIONS = {
    "login": "login",
    "logout": "login",
    "getUserInfo": "login",
    "query": "query",
    "queryAll": "query",
    "queryMore": "query",
    "describeGlobal": "metadata",
    "describeSObject": "metadata",
    "describeSObjects": "metadata",
    "getServerTimestamp": "metadata",
    "merge": "record.write",
}


class SoapHandlers(QueryHandlers, SoapBin, LoginHandlers):
    """Answers at ``/services/Soap/u``."""

    def find_route(self, request: Request) -> tuple[Route, dict[str, str]] | None:
        row = super().find_route(request)
        if row is None or row[0].handler != "soap":
            return row
        if request.message is None:
            try:
                request.message = read_message(request.body)
            except BadXml as problem:
                request.message = problem
        operation, public = self._soap_operation(request.message)
        event = "login" if operation == "login" and public else ""
        return Route("POST", row[0].pattern, operation, "soap", public=public, event=event), row[1]

    def _soap_operation(self, message: Message | BadXml) -> tuple[str, bool]:
        """What a call does, in the words of faults, and whether it needs no session."""
        if isinstance(message, BadXml) or message.call == "login":
            return "login", True
        if message.call in WRITES or message.call in READS:
            act = "read" if message.call in READS else "write"
            named = message.given.all("ids" if act == "read" else WRITES[message.call])
            if act == "write" and len(named) > 1:
                return "batch", False
            return f"{'deal' if self._soap_kind(message) == self.deal_objects[0] else 'record'}.{act}", False
        # A call that is not served is refused before anything else.
        return _OPERATIONS.get(message.call, "metadata"), message.call not in _OPERATIONS

    def _soap_kind(self, message: Message) -> str | None:
        """The object of the records that a call names."""
        if WRITES.get(message.call) == "ids":
            id_ = canonical(message.given.text_of("ids")) or ""
            return self.model.object_of.get(id_[:3])
        if message.call in READS:
            return self.model.canonical(message.given.text_of("sObjectType"))
        first = message.given.child("sObjects")
        return None if first is None else self.model.canonical(first.text_of("type"))

    def session_of(self, request: Request) -> bytes:
        message = request.message
        return message.session.encode() if isinstance(message, Message) else super().session_of(request)

    def authenticate(self, request: Request, route: Route) -> Reply | None:
        if request.path.startswith(SOAP):
            refusal = _bad_version(request)
            if refusal is not None:
                return refusal
        return super().authenticate(request, route)

    def key_of(self, request: Request, route: Route) -> str | None:
        message = request.message
        if not isinstance(message, Message) or message.call not in (*WRITES, *READS):
            return super().key_of(request, route)
        records = message.records if message.call in WRITES else []
        named = (self.deal_named(record, type_of(record)) for record in records)
        return next((deal for deal in named if deal), None) or next(iter(self.deals_in(request.body)), None)

    def soap(self, request: Request) -> Reply:
        """``POST /services/Soap/u/NN.0``: a call of the partner SOAP API."""
        message = request.message
        refusal = _bad_version(request)
        if refusal is not None:
            return refusal
        if isinstance(message, BadXml):
            return soap_fault("INVALID_SOAP_HEADER", str(message))
        if message.call == "login":
            return self._soap_login(request, message)
        answered = {
            "logout": self._soap_logout,
            "getUserInfo": self._soap_user_info,
            "getServerTimestamp": self._soap_timestamp,
            "query": self._soap_query,
            "queryAll": self._soap_query,
            "queryMore": self._soap_query,
            "retrieve": self.soap_retrieve,
            "getDeleted": self.soap_span,
            "getUpdated": self.soap_span,
            "merge": self.soap_merge,
            "describeGlobal": self._soap_describe_global,
            "describeSObject": self._soap_describe,
            "describeSObjects": self._soap_describe,
            **dict.fromkeys(WRITES, self.soap_write),
        }.get(message.call)
        if answered is None:
            self.unsupported(f"POST /services/Soap/u, the call {message.call[:40]}")
            return soap_fault("UNSUPPORTED", f"the fake of salesforce has no SOAP call {message.call[:40]}", status=501)
        body = answered(request, message)
        limit = self.settings.daily_api_requests if message.call != "logout" else 0
        return answer(message.call, body, self.requests_used, limit)

    # -- sessions ------------------------------------------------------------------------------------

    def _soap_login(self, request: Request, message: Message) -> Reply:
        """The password may be given with or without the security token after it."""
        given = message.given
        name, password = given.text_of("username"), given.text_of("password")
        if self.state.login_refused() or not is_password(name, password):
            reply = soap_fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
            reply.event = ("login", {"grant": "soap", "error": "INVALID_LOGIN"})
            return reply
        place = f"{request.params['version']}/{self.seeded.organization_id}"
        found = {
            "metadataServerUrl": f"{self.instance(request)}/services/Soap/m/{place}",
            "passwordExpired": False,
            "sandbox": True,
            "serverUrl": f"{self.instance(request)}/services/Soap/u/{place}",
            "sessionId": self.sessions.open(self.seeded.organization_id),
            "userId": self.seeded.integration_user_id,
            "userInfo": self._soap_user(),
        }
        reply = answer("login", element("result", found))
        reply.event = ("login", {"grant": "soap"})
        return reply

    def _soap_logout(self, _: Request, message: Message) -> str:
        self.sessions.close(message.session)
        return ""

    def _soap_user_info(self, _: Request, __: Message) -> str:
        return element("result", self._soap_user())

    def _soap_user(self) -> dict[str, Any]:
        user = self.store.tables["User"][self.seeded.integration_user_id].fields
        organization = self.store.tables["Organization"].get(self.seeded.organization_id)
        return {
            "organizationId": self.seeded.organization_id,
            "organizationMultiCurrency": True,
            "organizationName": organization.fields["Name"] if organization else "",
            "sessionSecondsValid": int(SESSION_S),
            "userDefaultCurrencyIsoCode": "USD",
            "userEmail": user["Email"],
            "userFullName": user["Name"],
            "userId": user["Id"],
            "userLanguage": "en_US",
            "userLocale": "en_US",
            "userName": MANIFEST.credentials["username"],
            "userTimeZone": "GMT",
            "userType": "Standard",
        }

    # -- queries and descriptions --------------------------------------------------------------------

    def _soap_query(self, request: Request, message: Message) -> str:
        if message.call == "queryMore":
            page = self.next_page(message.given.text_of("queryLocator"))
        else:
            statement, version = message.given.text_of("queryString"), f"v{request.params['version']}"
            found = self.run_query(statement, version, with_deleted=message.call == "queryAll")
            page = self.first_page(found, _rows_asked(message))
        return self._soap_shown(page)

    def _soap_shown(self, page: Page) -> str:
        return query_result(page.rows, page.total, page.further, self.moments(), "result")

    def _soap_describe_global(self, request: Request, _: Message) -> str:
        return element("result", described(global_describe(self.state.schema, f"v{request.params['version']}")))

    def _soap_describe(self, request: Request, message: Message) -> str:
        found = ""
        for name in (each.text.strip() for each in message.given.children):
            kind = self.readable(name)
            self.state.schema.touch(kind)
            whole = full_describe(kind, self.state.schema, f"v{request.params['version']}")
            found += element("result", described(whole))
        return found

    def _soap_timestamp(self, _: Request, __: Message) -> str:
        return element("result", {"timestamp": moment(self.store.now())})


def _rows_asked(message: Message) -> int:
    header = message.headers.get("QueryOptions")
    asked = header.text_of("batchSize") if header is not None else ""
    return page_size(asked if whole_number(asked, digits=6) is not None else _PAGE)


def _bad_version(request: Request) -> Reply | None:
    """The refusal of a version that is not supported, or None."""
    version = request.params["version"]
    if f"v{version}" in SUPPORTED:
        return None
    known = "retired" if f"v{version}" in RETIRED else "unknown"
    return soap_fault("UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version} is {known}")
