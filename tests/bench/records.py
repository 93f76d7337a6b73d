"""Measures how fast records are checked: ``python tests/bench/records.py [--records 1000000] [--json]``.

The contract has 25 fields with line items (three on average); its records are generated from a seed, one in a hundred
with a mistake. Each measurement runs in a separate process: records per second and core from JSON bytes to verdict; a
file of a million from disk to verdict, with its peak memory; and named peers on one smaller file in the same run. Peers
that are not dependencies of the project are installed by pip into a separate virtual environment (``--peers FOLDER``,
kept for the next time), or skipped with a line if that fails. Run it alone: it measures processor time. Exits with 1 if
it misses a target.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import generated_records
from records_peers import Clock

from gameday.records.check import check_records
from gameday.records.validator import Validator

TARGET_PER_S = 50_000
TARGET_TIMES = 10
TARGET_MIB = 500
BAD_SHARE = 0.01
SEED = 7
IN_MEMORY = 50_000
ROUNDS = 5
PEER_PACKAGES = ("datacontract-cli[duckdb]", "jsonschema[format]")
INSTALL_LIMIT_S = 900


def measure_check(path: str) -> dict[str, Any]:
    """JSON bytes in memory to a verdict, the best of several rounds by the processor time of this process."""
    lines = Path(path).read_bytes().splitlines()
    validator = Validator(generated_records.FIELDS)
    took_s = []
    for _ in range(ROUNDS):
        began_s = time.process_time()
        refused = sum(1 for line in lines if validator.check(line))
        took_s.append(time.process_time() - began_s)
    return {"seconds": min(took_s), "records": len(lines), "refused": refused}


def measure_file(path: str) -> dict[str, Any]:
    """A file from disk to a verdict, with unique keys: wall time, processor time and the peak of memory."""
    clock = Clock()
    summary = check_records(Path(path), Validator(generated_records.FIELDS))
    clock.stop()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    refused = summary.invalid + summary.rejected
    return {**clock.took(), "records": summary.seen, "refused": refused, "peak_mib": peak_mib}


def measure_jsonschema_rs(path: str) -> dict[str, Any]:
    """The same schema checked by jsonschema-rs, with the JSON read by msgspec."""
    import jsonschema_rs
    import msgspec

    validator = jsonschema_rs.validator_for(generated_records.json_schema(), validate_formats=True)
    clock = Clock()
    with Path(path).open("rb") as file:
        refused = sum(not validator.is_valid(msgspec.json.decode(line)) for line in file)
    clock.stop()
    return {
        **clock.took(),
        "refused": refused,
        "version": importlib.metadata.version("jsonschema-rs"),
    }


def measure_pydantic(path: str) -> dict[str, Any]:
    """The same fields checked by a pydantic model, in strict mode and with exact decimals."""
    import pydantic

    model = generated_records.pydantic_model()
    refused = 0
    clock = Clock()
    with Path(path).open("rb") as file:
        for line in file:
            try:
                model.model_validate_json(line)
            except pydantic.ValidationError:
                refused += 1
    clock.stop()
    return {**clock.took(), "refused": refused, "version": pydantic.VERSION}


MEASURES: dict[str, Callable[[str], dict[str, Any]]] = {
    "check": measure_check,
    "file": measure_file,
    "jsonschema-rs": measure_jsonschema_rs,
    "pydantic": measure_pydantic,
}


def in_a_process(command: list[str]) -> dict[str, Any] | str:
    """The JSON in the last line that a process prints, or why there is none."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it ended without an error message"])[-1][:200]
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def write_records(path: Path, count: int) -> None:
    """A file of records as JSON lines."""
    with path.open("wb") as file:
        file.writelines(record + b"\n" for record in generated_records.records(count, SEED, BAD_SHARE))


def peers_python(folder: Path) -> Path | str:
    """The interpreter with the peers, or why there is none."""
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", *PEER_PACKAGES]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_LIMIT_S)
        except subprocess.TimeoutExpired:
            return f"pip took more than {INSTALL_LIMIT_S} s"
        if done.returncode:
            return (done.stderr.strip().splitlines() or ["pip failed"])[-1][:200]
        (folder / "complete").touch()
    return python


def compare(folder: Path, count: int, peers: Path) -> dict[str, dict[str, Any] | str]:
    """All tools on one file: seconds from the file to the verdict."""
    data, odcs, schema = folder / "peers.json", folder / "contract.yaml", folder / "schema.json"
    write_records(data, count)
    generated_records.write_odcs(odcs, data)
    schema.write_text(json.dumps(generated_records.json_schema()))
    result: dict[str, dict[str, Any] | str] = {}
    for name in ("file", "jsonschema-rs", "pydantic"):
        result["gameday" if name == "file" else name] = in_a_process(
            [sys.executable, __file__, "--measure", name, str(data)]
        )
    python = peers_python(peers)
    script = str(Path(__file__).with_name("records_peers.py"))
    for name, contract in (("jsonschema", schema), ("datacontract-cli", odcs)):
        if isinstance(python, str):
            result[name] = f"not installed: {python}"
        else:
            result[name] = in_a_process([str(python), script, name, str(contract), str(data)])
    return result


def main() -> int:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--compared", type=int, nargs="+", default=[1_000, 20_000])
    parser.add_argument("--peers", type=Path, default=Path(tempfile.gettempdir()) / "gameday-bench-peers")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        what, path = args.measure
        sys.stdout.write(json.dumps(MEASURES[what](path)) + "\n")
        return 0
    with tempfile.TemporaryDirectory(prefix="gameday-bench-") as name:
        folder = Path(name)
        memory, large = folder / "memory.jsonl", folder / "large.jsonl"
        write_records(memory, IN_MEMORY)
        check = in_a_process([sys.executable, __file__, "--measure", "check", str(memory)])
        write_records(large, args.records)
        size = large.stat().st_size
        file = in_a_process([sys.executable, __file__, "--measure", "file", str(large)])
        large.unlink()
        compared = {str(count): compare(folder, count, args.peers) for count in args.compared}
    results = {"check": check, "file": file, "bytes_per_record": size // args.records, "compared": compared}
    missed = judge(results)
    sys.stdout.write(json.dumps({**results, "missed": missed}) + "\n" if args.json else "".join(report(results)))
    sys.stdout.write("".join(f"missed: {line}\n" for line in missed))
    return 1 if missed else 0


def judge(results: dict[str, Any]) -> list[str]:
    """The targets that are missed. A peer that could not be installed is none."""
    check, file = results["check"], results["file"]
    if isinstance(check, str) or isinstance(file, str):
        return ["a measurement of our own failed"]
    missed = []
    if check["records"] / check["seconds"] < TARGET_PER_S:
        missed.append(f"{TARGET_PER_S} records a second")
    if file["peak_mib"] >= TARGET_MIB:
        missed.append(f"{TARGET_MIB} MiB")
    for count, peers in results["compared"].items():
        ours, theirs = peers["gameday"], peers["datacontract-cli"]
        if not isinstance(theirs, str) and theirs["core_s"] < TARGET_TIMES * ours["core_s"]:
            times = theirs["core_s"] / ours["core_s"]
            missed.append(f"{TARGET_TIMES} times datacontract-cli with {count} records: {times:.1f}")
    return missed


def report(results: dict[str, Any]) -> list[str]:
    """The results as lines for a person."""
    check, file = results["check"], results["file"]
    lines = [f"a contract of {len(generated_records.FIELDS)} fields, records of {results['bytes_per_record']} bytes\n"]
    if isinstance(check, dict):
        lines.append(
            f"bytes to verdict   {check['records'] / check['seconds']:>10,.0f} records/s/core "
            f"(target {TARGET_PER_S:,}), {check['refused']} refused\n"
        )
    if isinstance(file, dict):
        lines.append(
            f"file to verdict    {file['records'] / file['core_s']:>10,.0f} records/s/core, "
            f"{file['records']:,} records in {file['seconds']:.1f} s, {file['refused']} refused, "
            f"peak {file['peak_mib']:.0f} MiB (limit {TARGET_MIB})\n"
        )
    for count, peers in results["compared"].items():
        lines.append(f"compared on one file of {int(count):,} records, by processor time:\n")
        lines += [compared_line(name, result, int(count), peers["gameday"]) for name, result in peers.items()]
    return lines


def compared_line(name: str, result: dict[str, Any] | str, count: int, ours: dict[str, Any] | str) -> str:
    """One peer beside ours."""
    if isinstance(result, str) or isinstance(ours, str):
        return f"  {name:18} skipped: {result}\n"
    times = result["core_s"] / ours["core_s"]
    return (
        f"  {name:18} {result.get('version', ''):9} {count / result['core_s']:>9,.0f} records/s/core "
        f"({result['seconds']:.2f} s on the wall), {result['refused']} refused, {times:.1f} times ours\n"
    )


if __name__ == "__main__":
    sys.exit(main())
