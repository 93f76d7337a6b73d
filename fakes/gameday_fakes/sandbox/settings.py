"""What a run has to know of its tenants: where they are, which ids are allowed, and the run's tag."""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Any

import msgspec
from msgspec import Meta

#: A tag is unmistakable wherever it stands: what bears it is removed.
TAG = re.compile(r"^gd-[0-9a-f]{12}\Z")
#: An object or one of its fields; and the name of a field as queries have it, or none.
MetadataName = Annotated[str, Meta(pattern=r"^[A-Za-z]\w{0,80}(\.[A-Za-z]\w{0,80})?\Z")]
FieldName = Annotated[str, Meta(pattern=r"^([A-Za-z]\w{0,80})?\Z")]


class TenantSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tenant. ``host`` is its own host name; ``allow`` are the ids of the tenants that may be written to.

    ``proxy`` is the URL of an HTTP proxy that leads there, where one is needed. ``fields`` are further fields of the
    records that gameday makes, by their object. ``metadata`` names the objects and fields (``Opportunity.Amount``) that
    faults may take away in the tenant itself, from ``sync_user``, the name with which the stack's user logs in.
    """

    host: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\Z", max_length=253)]
    allow: Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...], Meta(min_length=1)]
    proxy: Annotated[str, Meta(pattern=r"^(|http://[A-Za-z0-9.-]+:[0-9]{1,5})\Z")] = ""
    fields: dict[str, dict[str, Any]] = {}
    metadata: tuple[MetadataName, ...] = ()
    sync_user: Annotated[str, Meta(max_length=80)] = ""


class Naming(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How records of the ERP name what they are of, by the flow's contract.

    ``order`` is the field in which an order names its deal, as ``order_pattern`` writes it; ``customer`` is that in
    which a customer names its account, as ``customer_pattern`` writes it: ``{account}`` for its id, or another field of
    it in braces. Both fields may be empty. The patterns hold what only records of the run can name: what they find is
    removed.
    """

    order: FieldName = ""
    order_pattern: Annotated[str, Meta(pattern=r"\{deal\}", max_length=200)] = "{deal}"
    customer: FieldName = ""
    customer_pattern: Annotated[str, Meta(pattern=r"\{[A-Za-z]\w*\}", max_length=200)] = "{account}"

    def of_deal(self, deal: str) -> str:
        """How an order names a deal.

        >>> Naming(order="memo", order_pattern="SF-{deal}").of_deal("0061")
        'SF-0061'
        """
        return self.order_pattern.replace("{deal}", deal)

    def of_account(self, **fields: str) -> str:
        """How a customer names an account with these fields; empty if the account lacks the one that is needed.

        >>> Naming(customer="custentity_crm").of_account(account="0011")
        '0011'
        """
        before, _, rest = self.customer_pattern.partition("{")
        name, _, after = rest.partition("}")
        value = fields.get(name, "")
        return f"{before}{value}{after}" if value else ""


#: Of a run about which nothing is known.
UNNAMED = Naming()


class SandboxRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run's folder says of the tenants that it uses: by fake, and the tag of what it makes there."""

    tag: Annotated[str, Meta(pattern=TAG.pattern)]
    tenants: dict[str, TenantSettings]
    naming: Naming = UNNAMED


class TakenAt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address at which requests to a vendor are taken; port 0 is a free one, to which a CONNECT listener leads."""

    vendor: str
    host: str
    port: Annotated[int, Meta(ge=0, le=65_535)]
    tls: bool = False


class PassThrough(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What leads a stack to its tenants once the run between them is gone.

    ``tenants`` are those of each vendor, ``connect`` is where the CONNECT listener listens, if there is one, and
    ``names`` are further host names for the certificates, under which the stack knows this machine.
    """

    tenants: dict[str, TenantSettings]
    listeners: tuple[TakenAt, ...]
    connect: TakenAt | None = None
    names: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Every fixed address, host and port."""
        known = (*self.listeners, *([self.connect] if self.connect else []))
        return tuple((each.host, each.port) for each in known if each.port)


class RunRecords:
    """What one run has made, for all its tenants: the CRM's deals and accounts by the workload's keys.

    ``naming`` says how the ERP's records name them.
    """

    def __init__(self, tag: str, naming: Naming = UNNAMED) -> None:
        if not TAG.match(tag):
            raise ValueError(f"{tag[:40]!r} is not the tag of a run")
        self.tag = tag
        self.naming = naming
        self.deals: dict[str, str] = {}
        self.accounts: dict[str, str] = {}
        #: The fields of accounts by which a customer may name them, by the accounts' ids.
        self.account_fields: dict[str, dict[str, str]] = {}

    def forget(self) -> None:
        """Forget everything but the tag and the naming."""
        self.deals.clear()
        self.accounts.clear()
        self.account_fields.clear()


def new_tag() -> str:
    """A tag that no other run has."""
    return f"gd-{secrets.token_hex(6)}"
