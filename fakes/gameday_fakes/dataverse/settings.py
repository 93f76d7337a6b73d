"""Settings of the environment that the control plane can change."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

_OF_THE_ENVIRONMENT = ("outbound_url",)
#: The columns of an opportunity whose changes the registered webhook hears of; not the one that a sync writes.
FILTERING = (
    *("name", "statecode", "customerid", "transactioncurrencyid", "actualvalue", "actualclosedate", "totalamount"),
    *("new_subsidiary", "new_paymentterms"),
)
WRITE_BACK = "new_erporderid"


class Settings(msgspec.Struct, frozen=True):
    """The environment's settings."""

    outbound_url: Annotated[str, Meta(description="Where the registered webhook goes; empty: nowhere.")] = ""
    filtering_attributes: Annotated[
        tuple[str, ...],
        Meta(
            description="The columns of opportunities whose changes the registered webhook hears of: statecode. Empty: "
            "what is sold, by whom and when, and the state."
        ),
    ] = ()
    announce_write_backs: Annotated[
        bool,
        Meta(
            description="Whether it also hears of the column in which a sync writes the ERP's order.",
            extra={"tried": ("true",)},
        ),
    ] = False
    requests_in_5_minutes: Annotated[
        int, Meta(ge=0, le=10_000_000, description="How many requests the user may make in five minutes.")
    ] = 6000
    ledger_fields: Annotated[
        tuple[str, ...],
        Meta(description="Further columns that the ledger states: stepname, line.description, customer.websiteurl."),
    ] = ()

    def filtering(self) -> tuple[str, ...]:
        """The columns whose changes the registered webhook hears of."""
        return (*(self.filtering_attributes or FILTERING), *((WRITE_BACK,) if self.announce_write_backs else ()))

    def of_a_new_run(self) -> Settings:
        """The settings with which a run begins: of the environment as they are, of a scenario the defaults."""
        return msgspec.structs.replace(Settings(), **{name: getattr(self, name) for name in _OF_THE_ENVIRONMENT})

    def check(self) -> None:
        """Raise ValueError for a URL that is not http or https."""
        if self.outbound_url and urlsplit(self.outbound_url).scheme not in ("http", "https"):
            raise ValueError(f"outbound_url {self.outbound_url!r} is not an http(s) URL")
