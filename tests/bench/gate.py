"""Measures how long a whole gate takes: ``python tests/bench/gate.py [STACK]``.

Replays 500 records through the candidate and the current stack, then runs the smoke deal; once
without scenarios, and once with those of the library that are tagged for the gate. Run it alone, on two cores. Exits
with 1 if it misses a target or a gate does not pass.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from gameday.model.scenario import WorkloadSpec
from gameday.model.workload import workloads

GAMEDAY = str(Path(sys.executable).with_name("gameday"))
CONTRACT = "closed-won-to-sales-order"
RECORDS = 500
SEED = 7
#: By what is run beside the replays: the option, and the target (seconds).
TARGETS = {"without scenarios": (("--features", "none"), 15.0), "with the library's": ((), 35.0)}


def main() -> int:
    """Measure and judge."""
    stack = sys.argv[1] if len(sys.argv) > 1 else "durable"
    met = [_measure(stack, what, *asked) for what, asked in TARGETS.items()]
    return 0 if all(met) else 1


def _measure(stack: str, what: str, options: tuple[str, ...], target_s: float) -> bool:
    """Whether one gate passes within its target, and a line about it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(prefix="gameday-bench-") as folder:
        records = Path(folder) / "records.jsonl"
        records.write_bytes(b"".join(_records()))
        command = [GAMEDAY, "gate", "--contract", CONTRACT, "--records", str(records), "--stack", stack]
        began_s = time.perf_counter()
        done = subprocess.run(
            [*command, "--current", stack, "--sample", str(RECORDS), *options],
            cwd=folder,
            check=False,
            capture_output=True,
        )
        took_s = time.perf_counter() - began_s
        sys.stdout.write(done.stdout.decode() + done.stderr.decode())
        [path] = (Path(folder) / "runs" / "gates").glob("*/gate.json")
        stages = ", ".join(f"{s['name']} {s['took_s']:.1f} s" for s in json.loads(path.read_bytes())["stages"])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    met = done.returncode == 0 and took_s < target_s
    sys.stdout.write(
        f"{'ok    ' if met else 'MISSED'} a gate with {RECORDS} records {what}: {took_s:.1f} s ({stages}); "
        f"{processor_s:.1f} s of processor (target: < {target_s:g} s)\n"
    )
    return met


def _records() -> list[bytes]:
    """Generated deals as the CRM emits them, one per line."""
    workload = workloads["closed won"](WorkloadSpec("closed won", RECORDS, 60.0), SEED)
    accounts = {account.key: f"001{number:015}" for number, account in enumerate(workload.catalog.accounts)}
    lines = []
    won = [operation for operation in workload.operations if operation.f == "close_deal"]
    for number, operation in enumerate(won):
        deal, id_ = operation.value, f"006{number:015}"
        opportunity = {
            "Id": id_,
            "Name": deal["name"],
            "AccountId": accounts[deal["account"]],
            "StageName": "Closed Won",
            "IsWon": True,
            "Amount": float(deal["amount"]),
            "CurrencyIsoCode": deal["currency"],
            "CloseDate": deal["close_date"],
            "SystemModstamp": "2026-06-30T10:00:00.000+0000",
        }
        items = [
            {
                "Id": f"00k{number:012}{place:03}",
                "OpportunityId": id_,
                "PricebookEntry": {"ProductCode": line["sku"]},
                "Quantity": float(line["quantity"]),
                "UnitPrice": float(line["unit_price"]),
                "TotalPrice": float(line["amount"]),
            }
            for place, line in enumerate(deal["lines"])
        ]
        lines.append(msgspec.json.encode({"Opportunity": opportunity, "OpportunityLineItem": items}) + b"\n")
    return lines


if __name__ == "__main__":
    sys.exit(main())
