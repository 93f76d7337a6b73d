"""Fault rules of CRMs only: what one shows of its records and whose they are, merges, webhooks, and a user's limits."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from gameday_fakes.rules import FieldName, ObjectName, Rule, Share


class ThrottleWebhooks(Rule, frozen=True, tag="throttle_webhooks"):
    """Webhooks are throttled: events wait for the next request, and come late and many at a time."""

    every_s: Annotated[
        float, Meta(ge=0.0, le=86_400.0, description="At most one request in so many scenario seconds.")
    ] = 60.0


class ServiceProtection(Rule, frozen=True, tag="service_protection"):
    """The user's limits are used up: after some requests each is refused until a wait that the reply asks for is over.

    A request during the wait has it begin anew.
    """

    retry_after_s: Annotated[
        float, Meta(ge=1.0, le=3600.0, description="How long the wait is, in scenario seconds.")
    ] = 30.0
    requests: Annotated[int, Meta(ge=0, le=1_000_000, description="How many requests pass between two waits.")] = 20
    facet: Annotated[
        Literal["requests", "execution time", "concurrent requests"], Meta(description="Which limit is used up.")
    ] = "requests"


class MergeCompanies(Rule, frozen=True, tag="merge_companies"):
    """People merge the company of a deal that has just been won with a duplicate of it, which gives it another id."""

    share: Share = 1.0


class OmitObjectField(Rule, frozen=True, tag="omit_field"):
    """A field of a CRM object is served only from a version of the API on; in older ones it does not exist."""

    object: ObjectName
    field: FieldName
    since_version: Annotated[int, Meta(ge=1, le=1000, description="The first version with the field.")] = 61


class OmitRows(Rule, frozen=True, tag="omit_rows"):
    """Queries leave out records without a sign of it, as while an index is built anew; reads by id find them."""

    share: Share = 1.0


class OtherOrganization(Rule, frozen=True, tag="other_organization"):
    """The address leads to another organisation, such as a sandbox: logins work, and none of the deals is there."""
