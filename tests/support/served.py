"""A fake that serves an organisation, called in process: a request goes in, a reply comes out."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from gameday_fakes.fake_set import FakeSet
from gameday_fakes.http import Reply, Request
from gameday_fakes.manifests import bundled_folders
from gameday_fakes.organisation.files import BUNDLED
from gameday_fakes.registry import kinds_in

LINE = {"sku": "SKU-1", "quantity": "1", "unit_price": "5", "amount": "5"}
CATALOG = {"accounts": [{"key": "A-1"}], "products": [{"sku": "SKU-1", "prices": {"USD": "5"}}]}
DEAL = {"account": "A-1", "currency": "USD", "close_date": "2026-06-30", "amount": "5", "lines": [LINE]}


def write(folder: Path, **objects: dict[str, Any]) -> Path:
    """Write an organisation: ``salesforce__Opportunity={"fields": ...}``."""
    for name, content in objects.items():
        vendor, _, thing = name.partition("__")
        path = folder / vendor / f"{thing}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return folder


def copy_bundled(folder: Path) -> None:
    """Write the bundled organisation as a folder of one's own."""
    for vendor, own in bundled_folders().items():
        if (own / BUNDLED).is_dir():
            shutil.copytree(own / BUNDLED, folder / vendor)


class Served:
    """One fake with a customer and an item."""

    def __init__(self, vendor: str, folder: Path | str = "", endpoints: Path | None = None) -> None:
        kinds = kinds_in(str(folder), {vendor: str(endpoints)} if endpoints else {})
        self.fake: Any = FakeSet({vendor: kinds[vendor]}).fakes[vendor]
        self.fake.authenticate = lambda *_: None
        self.fake.operate(
            "seed", "", {"accounts": [{"key": "A-1"}], "products": [{"sku": "SKU-1", "prices": {"USD": "5"}}]}
        )

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The status, and the body as decoded JSON."""
        reply = self.reply(method, path, body, **more)
        return reply.status, json.loads(reply.body) if reply.body else None

    def reply(
        self, method: str, path: str, body: Any = None, *, query: dict[str, str] | None = None, **headers: str
    ) -> Reply:
        """The reply."""
        request = Request(
            method,
            path,
            query_string=urlencode(query or {}).encode(),
            headers={b"host": b"erp.example", **{k.replace("_", "-").encode(): v.encode() for k, v in headers.items()}},
            body=b"" if body is None else json.dumps(body).encode(),
            scheme="http",
        )
        answer: Reply = asyncio.run(self.fake.respond(request))
        return answer

    def soql(self, statement: str) -> Any:
        """The answer to a query of Salesforce."""
        return self.call("GET", "/services/data/v60.0/query", query={"q": statement})

    def suiteql(self, statement: str) -> Any:
        """The answer to a query of NetSuite."""
        return self.call("POST", "/services/rest/query/v1/suiteql", {"q": statement}, prefer="transient")
