"""Follows what is deleted in Dataverse: by change tracking, because no query shows a deleted record.

Source: learn.microsoft.com, "Use change tracking to synchronize data with external systems". A link to what changes
next is kept for some days, and in this process only; so each first look lists the records that are there.
"""

from __future__ import annotations

import datetime
import email.utils
from collections.abc import Awaitable, Callable

import httpx

from gameday_fakes.stacks.durable.session import read_json
from gameday_fakes.stacks.durable.trouble import Trouble

#: How many changes a page has.
PAGE = 500
#: The troubles of a request of which its service says that it is wrong.
REFUSED = ("refused", "schema_changed")


class Deletions:
    """The deletions of one table. ``call`` sends a request, ``path`` is the table's, ``key`` the column of its ids."""

    def __init__(self, call: Callable[..., Awaitable[httpx.Response]], path: str, key: str) -> None:
        self._call = call
        self._path = path
        self._key = key
        self.link = ""
        self._deleted: dict[str, str] = {}
        self._listed: set[str] | None = None

    async def look(self) -> dict[str, str]:
        """What was deleted since the first look: when, as a version, by the record's id. Raises Trouble."""
        if not (self.link and await self._followed()):
            await self._begin()
        return self._deleted

    def listed(self) -> set[str] | None:
        """The ids of the records that were there when the first link was got; None once they were asked for."""
        listed, self._listed = self._listed, None
        return listed

    async def _begin(self) -> None:
        listed: set[str] = set()
        headers = {"prefer": f"odata.track-changes,odata.maxpagesize={PAGE}"}
        url = f"{self._path}?$select={self._key}"
        while url:
            page = read_json(await self._call("GET", url, headers=headers), "crm")
            listed |= {plain(row[self._key]) for row in page["value"]}
            url, link = page.get("@odata.nextLink", ""), page.get("@odata.deltaLink", "")
        self._listed, self.link = listed, link

    async def _followed(self) -> bool:
        """Note what the link leads to. False if it is refused, as one that is too old. Raises Trouble."""
        try:
            reply = await self._call("GET", self.link)
        except Trouble as trouble:
            if trouble.reason in REFUSED:
                return False
            raise
        page, now = read_json(reply, "crm"), utc(_date_of(reply))
        for row in page["value"]:
            if row.get("reason") == "deleted":
                # After any number that a change at the same time has.
                self._deleted[plain(row["id"])] = f"{now}#~"
        self.link = page.get("@odata.deltaLink", "")
        return True


def plain(guid: str) -> str:
    """A GUID without hyphens."""
    return guid.replace("-", "").lower()


def utc(moment: datetime.datetime) -> str:
    """A moment as Dataverse writes it."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _date_of(reply: httpx.Response) -> datetime.datetime:
    """The server's time, which deletions do not have."""
    try:
        return email.utils.parsedate_to_datetime(reply.headers["date"])
    except (KeyError, ValueError):
        return datetime.datetime.now(datetime.UTC)
