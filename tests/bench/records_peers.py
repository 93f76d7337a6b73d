"""Measures one peer on one file of records: ``python tests/bench/records_peers.py PEER CONTRACT RECORDS``.

The records benchmark runs it in an interpreter that has the peer but not this project. Prints one line of JSON: the
peer's version, the seconds from the file to the verdict without imports (wall and processor time), and how many records
it refused.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from pathlib import Path
from typing import Any


class Clock:
    """Wall time and processor time of this process, with all its threads, since the clock was created."""

    def __init__(self) -> None:
        self._began_s = time.perf_counter(), time.process_time()
        self._took: dict[str, float] = {}

    def stop(self) -> None:
        """Stop the clock."""
        wall_s, core_s = self._began_s
        self._took = {"seconds": time.perf_counter() - wall_s, "core_s": time.process_time() - core_s}

    def took(self) -> dict[str, float]:
        """The seconds of wall time and of processor time."""
        return self._took


def datacontract(contract: str, records: str) -> tuple[Clock, Any]:
    """`datacontract test`, as a library call. It reports failed checks, not the number of refused records."""
    from datacontract.data_contract import DataContract

    clock = Clock()
    run = DataContract(data_contract_file=contract, server="local").test()
    clock.stop()
    failed = [check for check in run.checks if str(check.result) not in ("passed", "ResultEnum.passed")]
    sys.stderr.write("".join(f"{check.result}: {check.name}: {check.reason}\n" for check in failed[:5]))
    return clock, f"{len(failed)} of {len(run.checks)} checks"


def jsonschema(contract: str, records: str) -> tuple[Clock, Any]:
    """The pure Python jsonschema, with the schema in ``contract``."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(
        json.loads(Path(contract).read_text()), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    clock = Clock()
    with Path(records).open("rb") as file:
        refused = sum(not validator.is_valid(json.loads(line)) for line in file)
    clock.stop()
    return clock, refused


PEERS = {"datacontract-cli": datacontract, "jsonschema": jsonschema}


def main() -> None:
    """Time one peer."""
    name, contract, records = sys.argv[1:]
    clock, refused = PEERS[name](contract, records)
    version = importlib.metadata.version(name)
    sys.stdout.write(json.dumps({"version": version, **clock.took(), "refused": refused}) + "\n")


if __name__ == "__main__":
    main()
