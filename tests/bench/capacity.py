"""What more scenarios, stacks and orders take and cost, calculated from what benchmarks measured: for docs/scale.md.

    python tests/bench/capacity.py               writes the part
    python tests/bench/capacity.py --measure     measures a run first, and keeps what it took

Every coefficient is in capacity.json beside this file: its value, its unit, and the command that measured it. Prices
are assumptions, and named as such. Each figure of the page is one of these functions of them, so who doubts one can
measure again and see what changes. Nothing here is measured at the sizes that it calculates.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
STORED = Path(__file__).with_name("capacity.json")
BEGIN, END = "<!-- tests/bench/capacity.py writes what follows -->", "<!-- to here -->"
NIGHT_H, CORES = 8.0, 2
#: What is calculated: scenarios, stacks and seeds of each, and the pace.
RUNS = ((1000, 1, 60), (1000, 1, 1), (1000, 100, 60), (1000, 100, 1))
ORDERS = (10**7, 10**8, 10**9)
#: Of orders, so many are wrong.
WRONG = 0.001


class Coefficient(NamedTuple):
    """A measured value, what it is of, in which unit, and the command that measured it."""

    value: float
    unit: str
    of: str
    command: str


class Model:
    """Calculates from coefficients by name."""

    def __init__(self, coefficients: dict[str, Coefficient]) -> None:
        self.coefficients = coefficients

    def __getitem__(self, name: str) -> float:
        return self.coefficients[name].value

    # -- runs ----------------------------------------------------------------------------------------

    def at_a_time(self, pace: float) -> float:
        """How many runs fit a machine: as many as its processors and its memory carry."""
        by_core = self["runs_a_core_at_pace_1"] if pace == 1 else self["runs_a_core_at_pace_60"]
        return min(by_core * CORES, self["machine_memory_mib"] / self["run_memory_mib"])

    def run_s(self, pace: float) -> float:
        """How long a run takes, in real seconds: what it lasts at a pace, and its start and end."""
        return self["scenario_s"] / pace + self["run_overhead_s"]

    def machine_h(self, runs: float, pace: float) -> float:
        """How many hours one machine takes: until all have had their time, at least until all have had a processor."""
        waiting_s = runs * self.run_s(pace) / self.at_a_time(pace)
        return max(waiting_s, runs * self["run_processor_s"] / CORES) / 3600

    def machines(self, runs: float, pace: float) -> int:
        """How many machines end within a night."""
        return math.ceil(self.machine_h(runs, pace) / NIGHT_H)

    def disk_gb(self, runs: float) -> float:
        """What their folders take."""
        return runs * self["run_disk_kib"] * 1024 / 1e9

    def judge_h(self, runs: float) -> float:
        """How long one processor judges all of them again, as `gameday merge` does."""
        return runs * self["judge_processor_s"] / 3600

    def cost_of_runs(self, runs: float, pace: float) -> float:
        """What the machines cost, in the currency of the price."""
        return self.machine_h(runs, pace) * CORES * self["price_core_hour"]

    def run_limits(self) -> list[tuple[float, str, str]]:
        """How many runs a night reach each limit, which it is, and what to do then; the lowest first."""
        night_s = NIGHT_H * 3600
        found = [
            (
                self._a_night(1),
                "one machine at pace 1",
                "more machines (`--shard`, `--on`), or a stack that follows a faster clock",
            ),
            (self._a_night(60), "one machine at pace 60", "more machines; the runs of a night grow with them"),
            (
                night_s / self["judge_processor_s"],
                "one processor that judges every run again (`gameday merge`)",
                "merge in parts, one for each stack: each is judged on its own",
            ),
            (
                self["disk_gb"] * 1e9 / (self["run_disk_kib"] * 1024),
                f"a disk of {self['disk_gb']:,.0f} GB where all runs arrive",
                "keep the folders of runs that failed, and of the others `results.json`",
            ),
        ]
        return sorted(found)

    def _a_night(self, pace: float) -> float:
        return NIGHT_H / self.machine_h(1, pace)

    # -- orders --------------------------------------------------------------------------------------

    def reconcile_s(self, orders: float, findings: float) -> float:
        """Processor time of a reconciliation of two Parquet files."""
        return orders * self["order_processor_us"] / 1e6 + findings * self["finding_processor_ms"] / 1e3

    def files_gb(self, orders: float) -> float:
        """Both exports, as Parquet."""
        return orders * self["order_bytes"] / 1e9

    def spilled_gb(self, orders: float) -> float:
        """The digests of both sides that do not fit into DuckDB's memory."""
        return max(0.0, orders * self["digest_bytes"] - self["digest_memory_mib"] * 2**20) / 1e9

    def cost_of_orders(self, orders: float) -> float:
        """What a processor costs for it."""
        return self.reconcile_s(orders, orders * WRONG) / 3600 * self["price_core_hour"]

    def order_limits(self) -> list[tuple[float, str, str]]:
        """How many orders a night reach each limit, which it is, and what to do then; the lowest first."""
        night_s = NIGHT_H * 3600
        found = [
            (
                self["vendor_calls_at_a_time"] * night_s / self["vendor_call_s"],
                "the ERP's API, which takes a call for each order that changed",
                "reconcile exports, or read only what changed since the last night (`--since`)",
            ),
            (
                1e6 / self["stack_order_ms"] * night_s / 1e3 * CORES,
                f"`durable-postgres` on {CORES} cores",
                "more workers and cores; a stack that writes in batches",
            ),
            (
                self["tickets_a_night"] / WRONG,
                f"the people: {self['tickets_a_night']:,.0f} findings, if one order in {1 / WRONG:,.0f} is wrong",
                "one issue for each problem and owner (`gameday publish`), and the cause before the cases",
            ),
            (
                self["digest_memory_mib"] * 2**20 / self["digest_bytes"],
                "the memory of DuckDB: digests go to disk",
                "nothing: it takes longer, not more memory",
            ),
            (
                self["disk_gb"] * 1e9 / (self["order_bytes"] + self["digest_bytes"]),
                f"a disk of {self['disk_gb']:,.0f} GB for files and digests",
                "a file for each quarter or each entity: a deal and its order are in the same one",
            ),
            (
                night_s * CORES / (self.reconcile_s(1e9, 1e9 * WRONG) / 1e9),
                f"a night of {CORES} cores",
                "a file for each quarter, each on a machine of its own",
            ),
        ]
        return sorted(found)


def load() -> Model:
    """The coefficients that are stored."""
    found = json.loads(STORED.read_text(encoding="utf-8"))
    return Model({name: Coefficient(**each) for name, each in found.items()})


def render(model: Model) -> str:
    """The part of the page."""
    return "\n".join([*_runs(model), *_orders(model), *_coefficients(model)])


def _runs(model: Model) -> Iterator[str]:
    memory_gib = model["machine_memory_mib"] / 1024
    yield f"A machine has {CORES} cores and {memory_gib:.0f} GiB; a night is {NIGHT_H:.0f} hours. With one seed: each"
    yield "further one adds as much."
    yield ""
    yield from _head(
        *("Scenarios", "Stacks", "Pace", "Runs", "At a time", "Hours of one machine", "Machines for a night"),
        *("Disk, GB", "Judged again, h", "Cost, USD"),
    )
    for scenarios, stacks, pace in RUNS:
        runs = scenarios * stacks
        yield _row(
            *(f"{scenarios:,}", f"{stacks:,}", f"{pace}", f"{runs:,}", f"{model.at_a_time(pace):.0f}"),
            *(f"{model.machine_h(runs, pace):,.1f}", f"{model.machines(runs, pace):,}", f"{model.disk_gb(runs):,.1f}"),
            *(f"{model.judge_h(runs):,.1f}", f"{model.cost_of_runs(runs, pace):,.2f}"),
        )
    yield ""
    yield from _limits("Runs a night", model.run_limits())


def _orders(model: Model) -> Iterator[str]:
    yield f"Orders that are reconciled, by header, as two files of Parquet; one order in {1 / WRONG:,.0f} is wrong:"
    yield ""
    yield from _head(
        *("Orders", "Files, GB", "Processor time, min", "On two cores, min", "Digests on disk, GB", "Findings"),
        *("Tickets and lists, GB", "Cost, USD"),
    )
    for orders in ORDERS:
        findings = orders * WRONG
        took_s = model.reconcile_s(orders, findings)
        # Findings are judged one after another, on one processor.
        alone_s = findings * model["finding_processor_ms"] / 1e3
        wall_s = alone_s + (took_s - alone_s) / CORES
        yield _row(
            *(f"{orders:,}", f"{model.files_gb(orders):,.1f}", f"{took_s / 60:,.1f}", f"{wall_s / 60:,.1f}"),
            *(f"{model.spilled_gb(orders):,.1f}", f"{findings:,.0f}"),
            *(f"{findings * model['finding_bytes'] / 1e9:,.2f}", f"{model.cost_of_orders(orders):,.3f}"),
        )
    yield ""
    yield from _limits("Orders a night", model.order_limits())


def _limits(what: str, limits: Sequence[tuple[float, str, str]]) -> Iterator[str]:
    yield from _head(what, "What is reached", "What to do then")
    for number, limit, remedy in limits:
        yield _row(_rounded(number), limit, remedy)
    yield ""


def _head(*cells: str) -> Iterator[str]:
    yield _row(*cells)
    yield f"|{'---|' * len(cells)}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rounded(number: float) -> str:
    """A number with two digits that count: what is calculated is not more exact."""
    digits = max(0, math.floor(math.log10(number)) - 1)
    return f"{round(number / 10**digits) * 10**digits:,}"


def _coefficients(model: Model) -> Iterator[str]:
    yield "The coefficients, and what measured them:"
    yield ""
    yield from _head("Coefficient", "Value", "Measured by")
    for each in model.coefficients.values():
        yield _row(each.of, f"{each.value:g} {each.unit}", each.command)


def written(page: str, part: str) -> str:
    """The page with the part in its place."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{part}\n\n{END}{after}"


def main() -> int:
    """Write the part, after a measurement if it is asked for."""
    if "--measure" in sys.argv[1:]:
        from capacity_run import measure

        stored = json.loads(STORED.read_text(encoding="utf-8"))
        for name, value in measure().items():
            stored[name]["value"] = value
        STORED.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), render(load())), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
