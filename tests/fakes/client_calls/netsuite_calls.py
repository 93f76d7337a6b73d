"""Calls every public method of the PyPI client ``netsuite`` against the fake, unmodified: what became of each.

The outcomes are ``{"Class.method": "passes" | "501: ..." | "fails: ..."}``; the methods are read from the client.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import sys
import warnings
from collections.abc import Callable
from typing import Any

import httpx
import pytest

# The client hands authlib's authentication to httpx; but where httpx2 is installed, authlib makes it for that.
with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(record=True):
    patch.setitem(sys.modules, "httpx2", None)
    from netsuite import Config, NetSuite, TokenAuth
    from netsuite.rest_api import NetSuiteRestApi
    from netsuite.restlet import NetSuiteRestlet
    from netsuite.soap_api.client import NetSuiteSoapApi

CLASSES = (NetSuiteRestApi, NetSuiteRestlet, NetSuiteSoapApi)
ORDER = {
    "entity": {"externalId": "A-1"},
    "externalId": "C-1",
    "item": {"items": [{"item": {"externalId": "SKU-1"}, "quantity": 2}]},
}
PATH = "/record/v1/salesOrder"


def need(holds: Any) -> None:
    """Fail unless a reply is right."""
    if not holds:
        raise AssertionError(f"wrong reply: {holds!r}")


async def _write(api: Any) -> None:
    need((await api.request("PUT", f"{PATH}/eid:C-1", json=ORDER)).status_code == 204)


async def _read(api: Any) -> None:
    await _write(api)
    need((await api.get(f"{PATH}/eid:C-1"))["externalId"] == "C-1")


async def _post(api: Any) -> None:
    await api.post(PATH, json={**ORDER, "externalId": "C-2"})
    need((await api.get(f"{PATH}/eid:C-2"))["externalId"] == "C-2")


async def _put(api: Any) -> None:
    await api.put(f"{PATH}/eid:C-3", json=ORDER)
    need((await api.get(f"{PATH}/eid:C-3"))["externalId"] == "C-3")


async def _patch(api: Any) -> None:
    await _write(api)
    await api.patch(f"{PATH}/eid:C-1", json={"memo": "changed"})
    need((await api.get(f"{PATH}/eid:C-1"))["memo"] == "changed")


async def _delete(api: Any) -> None:
    await api.put(f"{PATH}/eid:C-4", json=ORDER)
    await api.delete(f"{PATH}/eid:C-4")
    need((await api.suiteql("SELECT id FROM transaction WHERE externalid = 'C-4'"))["items"] == [])


async def _query(api: Any) -> None:
    await _write(api)
    found = await api.suiteql("SELECT externalid FROM transaction WHERE externalid = 'C-1'", limit=5)
    need([row["externalid"] for row in found["items"]] == ["C-1"])


async def _schema(api: Any) -> None:
    need("otherRefNum" in (await api.jsonschema("salesOrder"))["properties"])


async def _openapi(api: Any) -> None:
    need("customer" in (await api.openapi(["customer"]))["components"]["schemas"])


async def _token(api: Any) -> None:
    need((await api.token_info())["companyId"])


CALLS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "NetSuiteRestApi": {
        "request": _write,
        "get": _read,
        "post": _post,
        "put": _put,
        "patch": _patch,
        "delete": _delete,
        "suiteql": _query,
        "jsonschema": _schema,
        "openapi": _openapi,
        "token_info": _token,
    },
    "NetSuiteRestlet": {
        name: lambda api, name=name: getattr(api, name)(1) for name in ("get", "post", "put", "delete")
    },
}


async def _soap(host: str) -> None:
    """The whole API is left out, so one call stands for all."""
    async with httpx.AsyncClient() as client:
        reply = await client.post(f"https://{host}/services/NetSuitePort_2021_1", content=b"<x/>")
        raise RuntimeError(reply.text)


def outcome(call: Callable[[], Any]) -> str:
    """What became of a call."""
    try:
        asyncio.run(call())
    except Exception as problem:  # noqa: BLE001 - what a client raises is what is to be shown
        text = str(problem)
        absent = re.search(r"the fake of netsuite has no ([^\"<}]*)", text)
        return f"501: {absent[1].rstrip(chr(39))}" if absent else f"fails: {type(problem).__name__}: {text[:300]}"
    return "passes"


def outcomes(credentials: dict[str, str]) -> dict[str, str]:
    """Call everything with these credentials, at the vendor's own names."""
    given = dict(credentials)
    client = NetSuite(Config(account=given.pop("account"), auth=TokenAuth(**given)))
    of = {"NetSuiteRestApi": client.rest_api, "NetSuiteRestlet": client.restlet}
    found = {}
    for kind in CLASSES:
        for name, member in vars(kind).items():
            if name.startswith("_") or not inspect.isfunction(inspect.unwrap(member)):
                continue
            if kind is NetSuiteSoapApi:
                if inspect.iscoroutinefunction(inspect.unwrap(member)):
                    found[f"{kind.__name__}.{name}"] = outcome(lambda: _soap(client.rest_api.hostname))
                continue
            call = CALLS[kind.__name__].get(name)
            api = of[kind.__name__]
            found[f"{kind.__name__}.{name}"] = outcome(lambda c=call, a=api: c(a)) if call else "fails: no call"
    return found
