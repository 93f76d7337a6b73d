"""Outbound messages: what workflow sends when a deal is won, amended or voided (SOAP API guide, "Outbound Messaging").

A message holds the record's values at the time of sending, not when the rule fired. It is repeated for a day until the
receiver answers ``<Ack>true</Ack>``, and messages have no guaranteed order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from gameday_fakes.delivery import Message, RetryRules, Sender
from gameday_fakes.protocols.soap import BadXml, texts
from gameday_fakes.rules import EventKind
from gameday_fakes.salesforce.callouts import callout
from gameday_fakes.salesforce.deal_lines import find_deal
from gameday_fakes.salesforce.field import Field
from gameday_fakes.salesforce.ids import ACTION_PREFIX, NOTIFICATION_PREFIX, make_id
from gameday_fakes.salesforce.models import Record, SalesforceStore
from gameday_fakes.salesforce.retyped import value_of
from gameday_fakes.salesforce.schema import Schema
from gameday_fakes.salesforce.sessions import Sessions
from gameday_fakes.salesforce.settings import Settings
from gameday_fakes.salesforce.won_deal import DealFields

if TYPE_CHECKING:
    import httpx

#: The longest wait and how long a message is kept are documented; the first wait is an assumption.
RULES = RetryRules(first_s=15.0, longest_s=7_200.0, keep_s=86_400.0, timeout_s=60.0)

#: The fields in every message about an opportunity.
FIELDS = (
    "Id",
    "Name",
    "AccountId",
    "Amount",
    "CurrencyIsoCode",
    "CloseDate",
    "StageName",
    "IsWon",
    "SystemModstamp",
)


def check_fields(names: Iterable[str], known: Iterable[str]) -> None:
    """Raise ValueError for a field that the deals' object does not have."""
    for name in names:
        if name not in known:
            raise ValueError(f"outbound_fields: unknown field {name!r}; known: {', '.join(known)}")


def message_fields(of_deals: DealFields, further: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The fields in every message about a deal, and those that the settings name."""
    if of_deals.is_usual:
        return (*FIELDS, *further)
    named = (of_deals.name, of_deals.account, of_deals.amount, of_deals.currency, of_deals.date, of_deals.stage)
    return ("Id", *filter(None, named), "SystemModstamp", *further)


_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
    "<OrganizationId>{organization}</OrganizationId><ActionId>{action}</ActionId>"
    "{session}"
    "<EnterpriseUrl>{url}/services/Soap/c/60.0/{organization15}</EnterpriseUrl>"
    "<PartnerUrl>{url}/services/Soap/u/60.0/{organization15}</PartnerUrl>"
    "{notifications}</notifications></soapenv:Body></soapenv:Envelope>"
)
_NOTIFICATION = (
    "<Notification><Id>{notification}</Id>"
    '<sObject xsi:type="sf:{object}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">{fields}</sObject>'
    "</Notification>"
)
_NO_SESSION = '<SessionId xsi:nil="true"/>'


class OutboundMessages:
    """Sends a notification for each change of a deal. ``hit`` is called with the faults that changed a message."""

    def __init__(
        self,
        sender: Sender,
        store: SalesforceStore,
        schema: Schema,
        organization_id: str,
        hit: Callable[[str, str], None],
    ) -> None:
        self._sender = sender
        self._store = store
        self._schema = schema
        self._organization_id = organization_id
        self._hit = hit
        self._action_id = make_id(ACTION_PREFIX, 1)
        self._sent = 0
        self._session = ""
        self._announced: set[str] = set()
        #: The fields in a message.
        self.fields: tuple[str, ...] = FIELDS
        #: The URL in messages for calling the API.
        self.instance_url = "https://gameday.my.salesforce.com"

    def announce(self, deals: list[str], settings: Settings, sessions: Sessions) -> None:
        """Send messages about deals that were changed together, a notification for each; or a callout for each."""
        kinds = self.kinds_of(deals)
        if settings.announce_by == "flow callout":
            for deal in deals:
                self._sent += 1
                record, fields = self._state_of(deal)
                self._sender.send(callout(self._sent, record, fields, settings, kinds[deal]))
            return
        for start in range(0, len(deals), settings.outbound_batch):
            about = []
            for deal in deals[start : start + settings.outbound_batch]:
                self._sent += 1
                about.append((make_id(NOTIFICATION_PREFIX, self._sent), deal))
            message = Message(
                id=about[0][0],
                orders=tuple(deal for _, deal in about),
                render=partial(self._render, about, settings, sessions),
                accepted=acknowledges,
                content_type="text/xml; charset=utf-8",
                headers={"soapaction": '""', "user-agent": "SFDC-Callout/60.0"},
                kinds=kinds,
            )
            self._sender.send(message)

    def kinds_of(self, deals: Iterable[str]) -> dict[str, EventKind]:
        """What is announced of each deal now; from then on it has been announced."""
        return {deal: self._kind(deal) for deal in dict.fromkeys(deals)}

    def _kind(self, deal: str) -> EventKind:
        record = find_deal(self._store, deal)
        announced = deal in self._announced
        if record is not None and not self._store.deal_fields.is_won(record.fields, self._store.stages):
            # Change events are also sent of deals that are not won yet.
            return "void" if announced else "first"
        self._announced.add(deal)
        return "amendment" if announced else "first"

    def _render(self, about: list[tuple[str, str]], settings: Settings, sessions: Sessions, _: int = 1) -> bytes:
        envelope = _ENVELOPE.format(
            organization=self._organization_id,
            organization15=self._organization_id[:15],
            action=self._action_id,
            url=escape(self.instance_url),
            session=f"<SessionId>{self._session_of(sessions)}</SessionId>"
            if settings.outbound_session
            else _NO_SESSION,
            notifications="".join(self._notification(*each) for each in about),
        )
        return envelope.encode()

    def _session_of(self, sessions: Sessions) -> str:
        """A valid session of the messages' own."""
        if sessions.left_s(self._session) is None:
            self._session = sessions.open(self._organization_id)
        return self._session

    def _notification(self, notification: str, deal: str) -> str:
        record, shown = self._state_of(deal)
        fields = "".join(self._field(field, name, record) for field, name in shown)
        return _NOTIFICATION.format(notification=notification, object=record.object, fields=fields)

    def _state_of(self, deal: str) -> tuple[Record, list[tuple[Field, str]]]:
        """A deal, and those of its fields in a message that can be seen now."""
        record = find_deal(self._store, deal)
        if record is None:
            raise LookupError(f"no deal {deal}")
        for fault_id in self._schema.faults_of(record.object, self.fields):
            self._hit(fault_id, deal)
        return record, [entry for entry in self._schema.view(record.object).shown if entry[0].name in self.fields]

    @staticmethod
    def _field(field: Field, name: str, record: Record) -> str:
        value = value_of(record, field)
        return "" if value is None else f"<sf:{name}>{_text(field, value)}</sf:{name}>"


def acknowledges(reply: httpx.Response) -> bool:
    """Whether a receiver's reply acknowledges the message."""
    try:
        return texts(reply.content).get("Ack", "").lower() in ("true", "1")
    except BadXml:
        return False


def _text(field: Field, value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = str(value)
    return text.replace("+0000", "Z") if field.type == "datetime" else escape(text.translate(_NOT_IN_XML))


#: Characters that are allowed in records and not in XML.
_NOT_IN_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
