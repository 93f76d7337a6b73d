"""Two sandbox tenants, played by fakes in a process of their own, and what leads a stack to them.

Nothing reaches them but over TLS at the vendors' host names, through a proxy, as with real tenants. Only what the
vendors' customers have there before gameday comes is done by the fakes' control plane.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec

from gameday.model.scenario import Scenario
from gameday.run.plan import make_workload
from gameday_fakes.registry import fake_kinds
from gameday_fakes.sandbox.proxy import tenant_kind

HOSTS = {"salesforce": "acme--uat.sandbox.my.salesforce.com", "netsuite": "1234567-sb1.suitetalk.api.netsuite.com"}
ACCOUNT = "1234567_SB1"


class PlayedTenants:
    """Both tenants until the block ends. ``organisation`` is the folder that they serve, None for the bundled one."""

    def __init__(self, organisation: Path | None = None) -> None:
        command = [sys.executable, "-m", "gameday_fakes.serve", "--json", "--tls"]
        command += [f"--organisation={organisation}"] if organisation else []
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        ready = json.loads(self._process.stdout.readline())
        self._http = httpx.Client(
            base_url=ready["control"], headers={"authorization": f"Bearer {ready['token']}"}, trust_env=False
        )
        self.proxy: str = ready["proxy"]
        self._authority: str = ready["ca"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)

    def begin(self, scenario: Scenario, pace: float, messages: str) -> None:
        """Start again with the products of a scenario's workload; ``messages`` is where the CRM sends its own."""
        self._call("POST", "/reset", {"pace": pace, "seed": scenario.seed})
        catalog = msgspec.to_builtins(make_workload(scenario).catalog, str_keys=True)
        products, taxes = {"products": catalog["products"]}, {"tax_codes": catalog["tax_codes"]}
        for vendor, value in (("salesforce", products), ("netsuite", products | taxes)):
            self._call("POST", f"/{vendor}/operations", {"f": "seed", "key": "", "value": value})
        self._call("POST", "/salesforce/configure", {"outbound_url": messages})

    @property
    def table(self) -> dict[str, Any]:
        """``[sandbox.tenants]`` of gameday.toml."""
        (organisation,) = self._call("GET", "/salesforce/snapshot")["Organization"]
        allowed = {"salesforce": organisation["Id"], "netsuite": ACCOUNT}
        return {vendor: {"host": host, "allow": [allowed[vendor]]} for vendor, host in HOSTS.items()}

    @property
    def environment(self) -> Mapping[str, str]:
        """Gameday's own credentials, and the authority of the tenants' certificates."""
        found = {"SSL_CERT_FILE": self._authority}
        for vendor in HOSTS:
            kind = fake_kinds()[vendor]
            found |= {variable: kind.credentials[name] for name, variable in tenant_kind(kind).variables.items()}
        return found

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        reply = self._http.request(method, path, json=body).raise_for_status()
        return reply.json() if reply.content else None
