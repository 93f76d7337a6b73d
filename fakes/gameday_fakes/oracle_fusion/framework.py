"""Requests as the REST framework sees them, and its addresses: a resource, its children and its actions.

Source: docs.oracle.com, "Set the REST Framework Version": versions 1 to 9, 1 unless a request names another; "URL
Components": ``/fscmRestApi/resources/11.13.18.05/RESOURCE/KEY/child/ACCESSOR/KEY``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from gameday_fakes.odata.model import EntitySet, Navigation
from gameday_fakes.odata.records import Record
from gameday_fakes.oracle_fusion.account import CRM, SCM, VERSION
from gameday_fakes.oracle_fusion.errors import refused
from gameday_fakes.oracle_fusion.masters import ITEMS, ORGANIZATIONS
from gameday_fakes.oracle_fusion.resources import ROOTS
from gameday_fakes.oracle_fusion.sales_order import LINES, ORDERS
from gameday_fakes.oracle_fusion.store import REFERENCE, PodStore

_PLACE = re.compile(rf"({SCM}|{CRM})/({re.escape(VERSION)}|latest)(?:/(.*))?")
VERSIONS = tuple(range(1, 10))
DEFAULT_VERSION = 1


class Address(msgspec.Struct):
    """Where a request goes: the root, the resource, and what follows it, as ``(key, accessor)`` steps.

    ``key`` is that of the last step, empty for a collection; ``action`` is what is asked of the resource. One
    that ``is_broken`` has parts that lead nowhere.
    """

    root: str
    resource: str
    steps: tuple[tuple[str, str], ...] = ()
    key: str = ""
    action: str = ""
    is_broken: bool = False


def address_of(path: str) -> Address | None:
    """The address of a raw path; None for one that is outside of the resources. Raises ODataError for a broken one."""
    match = _PLACE.fullmatch(f"/{path.strip('/')}")
    if match is None:
        return None
    root, parts = match[1], [unquote(part) for part in (match[3] or "").split("/") if part]
    if not parts:
        return Address(root, "")
    resource, *rest = parts
    if len(rest) == 2 and rest[0] == "action":
        return Address(root, resource, action=rest[1])
    steps: list[tuple[str, str]] = []
    while len(rest) > 1:
        if rest[1] == "action" and len(rest) == 3:
            return Address(root, resource, tuple(steps), rest[0], rest[2])
        if rest[1] != "child" or len(rest) < 3:
            raise refused("not_found")
        steps.append((rest[0], rest[2]))
        rest = rest[3:]
    return Address(root, resource, tuple(steps), rest[0] if rest else "")


class Call:
    """One request, alone or as a part of a batch."""

    def __init__(
        self,
        method: str,
        address: Address,
        *,
        base_url: str,
        params: Mapping[str, str],
        header: Callable[[str], str],
        body: Callable[[], Any],
    ) -> None:
        self.method = method
        self.address = address
        self.base_url = base_url
        self.params = params
        self.header = header
        self._body = body
        self.version = version_of(header)

    @property
    def body(self) -> Any:
        """The payload. Raises BadBody."""
        return self._body()

    @property
    def is_upsert(self) -> bool:
        """Whether a create is to update what is there. Raises ODataError."""
        text = self.header("upsert-mode").lower() or "false"
        if text not in ("true", "false"):
            raise refused("bad_option", "The value of the header Upsert-Mode isn't valid.")
        return text == "true"

    def url(self, path: str) -> str:
        """The whole address of a path below the root."""
        return f"{self.base_url}{self.address.root}/{VERSION}/{path}"


def version_of(header: Callable[[str], str]) -> int:
    """The framework version of a request. Raises ODataError for one that there is not."""
    text = header("rest-framework-version").strip()
    if not text:
        return DEFAULT_VERSION
    if text.isascii() and text.isdigit() and len(text) < 3 and int(text) in VERSIONS:
        return int(text)
    raise refused("bad_version")


# -- keys --------------------------------------------------------------------------------------------


def key_text(of: EntitySet, record: Record) -> str:
    """The key of a record in addresses. That of a line or an item is a hash, which clients are not to make."""
    values = record.values
    if of.name == ORDERS:
        is_latest = values["StatusCode"] != REFERENCE
        return str(values["OrderKey"] if is_latest else values["HeaderId"])
    if of.name == ORGANIZATIONS:
        return str(values["PartyNumber"])
    id_ = values[of.key[0]]
    if of.name in (LINES, ITEMS):
        digest = hashlib.blake2b(f"{of.name} {id_}".encode(), digest_size=12).hexdigest().upper()
        return f"00020000000EACED0005{digest}"
    return str(id_)


def record_at(store: PodStore, resource: str, key: str) -> Record | None:
    """The record of a resource with a key."""
    of = store.schema.sets[resource]
    if resource == ORDERS:
        return store.latest(key)
    if resource == ORGANIZATIONS:
        return store.organization(key)
    if resource == ITEMS:
        return next((each for each in store[ITEMS].records.values() if key_text(of, each) == key), None)
    return store.get(resource, int(key)) if key.isascii() and key.isdigit() and len(key) < 19 else None


def child_at(store: PodStore, parent: EntitySet, record: Record, navigation: Navigation, key: str) -> Record | None:
    """The child of a record with a key."""
    to = store.schema.sets[navigation.to]
    found = store.related(parent, record.values, navigation)
    return next((each for each in found if key_text(to, each) == key), None)


def path_text(key: str) -> str:
    """A key as a segment of an address."""
    return quote(key, safe=":")


def is_served(root: str, resource: str) -> bool:
    """Whether a resource is one of the fake's."""
    return ROOTS.get(resource) == root
