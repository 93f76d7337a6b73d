"""Measures how long a whole gate takes: ``python tests/bench/gate.py [STACK]``.

Replays 500 records through the candidate and twice through the current stack, then runs the smoke deal and the
scenarios that are tagged for the gate. Run it alone, on two cores. Exits with 1 if it misses its target or
the gate does not pass.
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
TARGET_S = 60.0


def main() -> int:
    """Measure and judge."""
    stack = sys.argv[1] if len(sys.argv) > 1 else "durable"
    with tempfile.TemporaryDirectory(prefix="gameday-bench-") as folder:
        records = Path(folder) / "records.jsonl"
        records.write_bytes(b"".join(_records()))
        command = [GAMEDAY, "gate", "--contract", CONTRACT, "--records", str(records), "--stack", stack]
        began_s = time.perf_counter()
        done = subprocess.run(
            [*command, "--current", stack, "--sample", str(RECORDS)], cwd=folder, check=False, capture_output=True
        )
        took_s = time.perf_counter() - began_s
        sys.stdout.write(done.stdout.decode() + done.stderr.decode())
        [path] = (Path(folder) / "runs" / "gates").glob("*/gate.json")
        stages = ", ".join(f"{s['name']} {s['took_s']:.1f} s" for s in json.loads(path.read_bytes())["stages"])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    met = done.returncode == 0 and took_s < TARGET_S
    sys.stdout.write(
        f"{'ok    ' if met else 'MISSED'} a gate with {RECORDS} records: {took_s:.1f} s ({stages}); "
        f"{used.ru_utime + used.ru_stime:.1f} s of processor (target: < {TARGET_S:g} s)\n"
    )
    return 0 if met else 1


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
