"""The address book of a customer: a sublist of addresses, each a subrecord of its own. No HTTP here.

Oracle's NetSuite help, "Customer" and "Working with Subrecords" of the REST guide: ``addressBook`` has ``label``,
``defaultBilling``, ``defaultShipping``, ``isResidential`` and ``addressBookAddress``. A record keeps the entries as a
list of dictionaries of these names. One entry at most is the default of each kind. Countries are not checked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gameday_fakes.netsuite.errors import Refused
from gameday_fakes.netsuite.values import to_text

ADDRESS_BOOK, ADDRESS = "addressBook", "addressBookAddress"
COUNTRY = "country"
FLAGS = ("defaultBilling", "defaultShipping", "isResidential")
_ONE_ONLY = FLAGS[:2]
#: The texts of an address with the longest that each may be ("Address" in the SuiteScript Records Browser).
TEXTS = {
    "addressee": 83,
    "attention": 83,
    "addrPhone": 21,
    "addr1": 150,
    "addr2": 150,
    "addr3": 150,
    "city": 50,
    "state": 30,
    "zip": 36,
}
_MOST = 1000

Entry = dict[str, Any]


def changed(kept: Sequence[Entry], value: Any) -> list[Entry]:
    """The entries of a customer once a body is written: those it keeps, merged by ``id``. Raises Refused."""
    items = value.get("items") if isinstance(value, dict) else value
    if not isinstance(items, list) or len(items) > _MOST:
        raise Refused("invalid_content", "Invalid content: the sublist has no items.", path=f"{ADDRESS_BOOK}.items")
    entries = {entry["id"]: dict(entry) for entry in kept}
    last = max((int(entry["id"]) for entry in kept), default=0)
    for index, body in enumerate(items):
        path = f"{ADDRESS_BOOK}.items[{index}]"
        if not isinstance(body, dict):
            raise Refused("invalid_content", "Invalid content: a line is not an object.", path=path)
        given = str(body.get("id") or body.get("internalId") or "")
        known = entries.get(given)
        if given and known is None:
            detail = f"Error while accessing a resource. Invalid Field Value {given[:80]} for the following field: id."
            raise Refused("invalid_content", detail, path=path)
        last += known is None
        entry = _entry(given if known else str(last), known or {}, body, path)
        for name in _ONE_ONLY:
            if entry[name]:
                for other in entries.values():
                    other[name] = False
        entries[entry["id"]] = entry
    return list(entries.values())


def _entry(id_: str, known: Mapping[str, Any], body: Mapping[str, Any], path: str) -> Entry:
    flags = {name: body.get(name, known.get(name, False)) in (True, "T") for name in FLAGS}
    address = _address(known.get(ADDRESS, {}), body.get(ADDRESS, {}), f"{path}.{ADDRESS}")
    label = to_text(body.get("label", known.get("label", "")) or address.get("addr1", ""), f"{path}.label", 150)
    return {"id": id_, "label": label, **flags, ADDRESS: address}


def _address(known: Mapping[str, str], body: Any, path: str) -> dict[str, str]:
    if not isinstance(body, dict):
        raise Refused("invalid_content", "Invalid content: an address is not an object.", path=path)
    address = {**known, **{n: to_text(body[n], f"{path}.{n}", most) for n, most in TEXTS.items() if n in body}}
    if COUNTRY in body:
        country = body[COUNTRY]
        named = (country.get("id") or country.get("refName") or "") if isinstance(country, dict) else country
        address[COUNTRY] = to_text(named, f"{path}.{COUNTRY}", 80)
    return {name: value for name, value in address.items() if value}


def find(entries: Sequence[Entry], id_: str) -> Entry:
    """An entry by its id. Raises Refused."""
    for entry in entries:
        if entry["id"] == id_:
            return entry
    raise Refused("not_found")


def _links(url: str) -> dict[str, Any]:
    return {"links": [{"rel": "self", "href": url}]}


def book_shown(entries: Sequence[Entry], url: str, *, expand: bool) -> dict[str, Any]:
    """The sublist at ``url``, with its entries if ``expand``, else only its link."""
    if not expand:
        return _links(url)
    items = [entry_shown(entry, f"{url}/{entry['id']}", expand=True) for entry in entries]
    return {**_links(url), "items": items, "totalResults": len(items)}


def entry_shown(entry: Entry, url: str, *, expand: bool) -> dict[str, Any]:
    """An entry at ``url``, with its address if ``expand``, else the address's link."""
    address = f"{url}/{ADDRESS}"
    shown = address_shown(entry, address) if expand else _links(address)
    return {**_links(url), **entry, "internalId": int(entry["id"]), ADDRESS: shown}


def address_shown(entry: Entry, url: str) -> dict[str, Any]:
    """The address of an entry at ``url``."""
    address = dict(entry[ADDRESS])
    country = address.pop(COUNTRY, "")
    named = {COUNTRY: {"id": country, "refName": country}} if country else {}
    return {**_links(url), **address, **named, "addrText": address_text(entry)}


def address_text(entry: Entry) -> str:
    """The address as it is printed, with a line for each part."""
    address = entry[ADDRESS]
    town = " ".join(filter(None, (address.get("city"), address.get("state"), address.get("zip"))))
    lines = (*(address.get(name) for name in ("attention", "addressee", "addr1", "addr2", "addr3")), town)
    return "\n".join(filter(None, (*lines, address.get(COUNTRY))))
