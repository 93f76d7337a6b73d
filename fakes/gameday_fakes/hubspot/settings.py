"""Settings of the account that the control plane can change."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gameday_fakes.hubspot.subscriptions import USUAL, WRITE_BACK

_COUNT = 10_000_000
_OF_THE_ENVIRONMENT = ("outbound_url",)


class Settings(msgspec.Struct, frozen=True):
    """The account's settings."""

    outbound_url: Annotated[str, Meta(description="Where webhooks go, the app's targetUrl; empty: nowhere.")] = ""
    webhook_subscriptions: Annotated[
        tuple[str, ...],
        Meta(
            description="What the app subscribes to: deal.creation, deal.propertyChange:dealstage. Empty: deals that "
            "are added, won, changed, merged, deleted and restored, and companies that are merged."
        ),
    ] = ()
    announce_write_backs: Annotated[
        bool,
        Meta(
            description="Whether the app also subscribes to the property in which a sync writes the ERP's order.",
            extra={"tried": ("true",)},
        ),
    ] = False
    webhook_batch: Annotated[int, Meta(ge=1, le=100, description="The most events in a webhook request.")] = 100
    webhook_wait_s: Annotated[
        float, Meta(ge=0.0, le=3600.0, description="Scenario seconds for which events are collected for a request.")
    ] = 1.0
    webhook_concurrency: Annotated[
        int, Meta(ge=1, le=20, description="The most webhook requests under way (the app's maxConcurrentRequests).")
    ] = 10
    index_lag_s: Annotated[
        float, Meta(ge=0.0, le=1e6, description="Scenario seconds after which a change can be found by search.")
    ] = 2.0
    requests_per_ten_seconds: Annotated[
        int, Meta(ge=0, le=_COUNT, description="How many requests an app may make in ten scenario seconds.")
    ] = 190
    searches_per_second: Annotated[
        int, Meta(ge=0, le=_COUNT, description="How many searches the account may make in a scenario second.")
    ] = 5
    requests_per_day: Annotated[
        int, Meta(ge=0, le=_COUNT, description="How many requests the account may make in a day of the scenario.")
    ] = 650_000
    scopes: Annotated[tuple[str, ...], Meta(description="The app's scopes: crm.objects.deals.read. Empty: all.")] = ()
    won_stage: Annotated[str, Meta(description="The id of the stage in which people win a deal.")] = "closedwon"
    lost_stage: Annotated[str, Meta(description="The id of the stage in which they lose one.")] = "closedlost"
    open_stage: Annotated[str, Meta(description="The id of the stage of a deal that is not won yet.")] = "contractsent"
    ledger_fields: Annotated[
        tuple[str, ...],
        Meta(description="Further properties that the ledger states: dealtype, line.description, customer.industry."),
    ] = ()

    def subscriptions(self) -> tuple[str, ...]:
        """What the app subscribes to."""
        return (*(self.webhook_subscriptions or USUAL), *([WRITE_BACK] if self.announce_write_backs else []))

    def of_a_new_run(self) -> Settings:
        """The settings with which a run begins: of the environment as they are, of a scenario the defaults."""
        return msgspec.structs.replace(Settings(), **{name: getattr(self, name) for name in _OF_THE_ENVIRONMENT})

    def check(self) -> None:
        """Raise ValueError for a URL that is not http or https, and for stages that are not three."""
        if self.outbound_url and urlsplit(self.outbound_url).scheme not in ("http", "https"):
            raise ValueError(f"outbound_url {self.outbound_url!r} is not an http(s) URL")
        if len({self.won_stage, self.lost_stage, self.open_stage}) < 3:
            raise ValueError("won_stage, lost_stage and open_stage are not three stages")
