"""What a run's folder says of the sandbox tenants that the run uses: enough to find and remove what it made there."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gameday.base import json_text
from gameday.base.errors import GamedayError
from gameday.base.whole_file import write_whole
from gameday.model.contract import Contract
from gameday.run.setup import Setup
from gameday_fakes.sandbox.settings import Naming, SandboxRun, TenantSettings, new_tag

SANDBOX_FILE = "sandbox.json"


def tenants_file(setup: Setup) -> Path:
    """Write the file of a run that begins, with a tag that no other run has."""
    path = setup.run_dir / SANDBOX_FILE
    write_whole(path, msgspec.json.encode(SandboxRun(new_tag(), dict(setup.tenants), naming_of(setup.contract))))
    return path


def naming_of(contract: Contract) -> Naming:
    """How the ERP's records name deals and accounts. What no query can ask for is left out: nothing is found by it."""
    found = Naming()
    for given in (
        {"order": contract.match, "order_pattern": contract.match_pattern},
        {"customer": contract.customer_match, "customer_pattern": contract.customer_pattern},
    ):
        with contextlib.suppress(msgspec.ValidationError):
            msgspec.convert(given, Naming)
            found = msgspec.structs.replace(found, **given)
    return found


def read_tenants(run_dir: Path) -> SandboxRun:
    """The file of a run. Raises GamedayError for a run without one, and for a file that is not as it was written."""
    path = run_dir / SANDBOX_FILE
    try:
        return json_text.decode(path.read_bytes(), SandboxRun)
    except OSError:
        raise GamedayError(f"{run_dir} has no {SANDBOX_FILE}: the run used no sandbox tenants") from None
    except json_text.Unreadable as problem:
        raise GamedayError(f"{path} cannot be read: {problem}") from None


def same_tenants(run: SandboxRun, configured: Mapping[str, TenantSettings]) -> None:
    """Raise GamedayError unless gameday.toml names the tenants of a run: where is written, no folder decides."""
    for vendor, tenant in run.tenants.items():
        now = configured.get(vendor)
        if now is None or now.host != tenant.host:
            has = f"{now.host}" if now is not None else "none"
            raise GamedayError(
                f"the run used {tenant.host} for {vendor}, and gameday.toml names {has}",
                hint="clean with the configuration of the run",
            )
