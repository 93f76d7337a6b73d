"""Runs the library with fakes, and again in sandbox tenants; writes the table of docs/staging.md.

    python tests/bench/sandboxes.py [--stacks durable,brittle,python_batch] [--only TEXT] [--parallel 2] [--all-modes]
    python tests/bench/sandboxes.py --write       the table again, from the results so far

The tenants are played by separate fakes (played_tenants.py), reached only over TLS at the vendors' host names. Each
result is a line of results.jsonl in the folder as soon as it is there, so what was interrupted goes on where it ended:
what has a result is not run again (delete its line to have it run), unless the machine was too busy to judge it. The
bundled stacks run at pace 20, the batch at that of its configuration. With fakes it is on a clock as fast as the run;
tenants are on none, so there the only times of its own, those of its client, are not divided, and a scenario that is
about them does not run. Exits with 1 if a result, an expectation or an end state differs, or a run is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from played_tenants import ACCOUNT, HOSTS, PlayedTenants
from sandbox_table import PLACES, Job, Result, differences, is_decided, missing_runs, render

import gameday_fakes.stacks
from gameday.analysis.host_load import HOST_LOAD
from gameday.analysis.reconcile import reconcile
from gameday.base.ports import free_port
from gameday.config.features import RARE, library
from gameday.config.sandbox import SandboxTable
from gameday.model.scenario import Scenario
from gameday.model.settings import Settings, Target
from gameday.scoring.run_folder import Run
from gameday.steps.feasible import PlannedEnvironment
from gameday.steps.planning import plan_scenarios
from gameday_fakes.sandbox.settings import TenantSettings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "staging.md"
BEGIN, END = "<!-- table: python tests/bench/sandboxes.py -->\n", "<!-- /table -->\n"
OWNERS = ROOT / "tests" / "stacks"
BUNDLED = Path(gameday_fakes.stacks.__file__).with_name("stacks.toml")
PACE = 20.0
#: What an organisation requires of its deals.
FIELDS = {"python_batch": {"Region__c": "EMEA"}}
#: What is about the batch's own times.
OF_CLIENTS = {"network/latency_spike.feature": "its client waits for 60 s at any pace"}
#: An id that stands for the organisation's where only the plan asks for it.
_ANY_ID = "00D7Q000000abcdUAA"


def main() -> int:
    """Run what has no result yet, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stacks", default="durable,brittle,python_batch")
    parser.add_argument("--only", default="", help="scenarios whose feature has this in its name")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "sandboxes")
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--places", default=",".join(PLACES))
    parser.add_argument("--all-modes", action="store_true", help="the rare failure modes too (the folder modes)")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    folder: Path = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [job for stack in chosen.stacks.split(",") for job in planned(stack, folder)]
    wanted = [job for job in jobs if chosen.all_modes or not job.scenario.feature.startswith(f"{RARE}/")]
    file = folder / "results.jsonl"
    if not chosen.write:
        run(
            [job for job in wanted if chosen.only in job.scenario.feature],
            chosen.places.split(","),
            file,
            chosen.parallel,
        )
    results = latest(file)
    lacking = missing_runs(wanted, results)
    if set(chosen.stacks.split(",")) == {"durable", "brittle", "python_batch"}:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        text = before + BEGIN + render(jobs, results, lacking) + END + rest.partition(END)[2]
        PAGE.write_text(text, encoding="utf-8")
    problems = [line for job in jobs for line in differences(job, results)]
    sys.stdout.write("".join(f"{line}\n" for line in problems))
    sys.stdout.write(f"{lacking} runs have no result\n")
    return 1 if problems or lacking else 0


# -- what is to be run -----------------------------------------------------------------------------


def planned(stack: str, folder: Path) -> Iterator[Job]:
    """Every scenario for a stack, with why it cannot run in tenants."""
    features = [library()]
    if (expected := OWNERS / stack / "expected.toml").exists():
        named = [each["feature"] for each in tomllib.loads(expected.read_text())["scenario"]]
        # Its own ones elsewhere, so that pytest reads no conftest.py of the tests.
        own = shutil.copytree(OWNERS / stack / "features", folder / stack / "features", dirs_exist_ok=True)
        features = [path if (path := library() / each).exists() else own.parent / each for each in named]
    config = folder / f"{stack}.toml"
    config.write_text(toml(tables_of(stack)))
    settings = Settings(targets=(Target(stack_name(stack), 1),), runs_dir=str(folder), config=str(config))
    for outcome in plan_scenarios(features, settings):
        assert outcome.planned is not None
        why_not = [*refusals(outcome.planned)]
        if stack == "python_batch" and outcome.planned.feature in OF_CLIENTS:
            why_not.append(OF_CLIENTS[outcome.planned.feature])
        yield Job(stack, outcome.planned, tuple(why_not), outcome.not_applicable)


def refusals(scenario: Scenario) -> Iterator[str]:
    """Why a scenario cannot run in tenants, as `gameday plan` says it."""
    flow = scenario.flow
    tenants = {"salesforce": TenantSettings(HOSTS["salesforce"], (_ANY_ID,))}
    tenants["netsuite"] = TenantSettings(HOSTS["netsuite"], (ACCOUNT,))
    environment = PlannedEnvironment(sandbox=SandboxTable((flow.contract,), tenants))
    found = [
        *(
            each
            for role, given in scenario.settings.items()
            for each in environment.settings_mistakes(role, given, flow)
        ),
        *(each for injection in scenario.injections for each in environment.injection_mistakes(injection, flow)),
        *environment.workload_mistakes(scenario.workload, flow.crm, contract=flow.contract),
    ]
    for each in found:
        yield each.problem.partition(", and flow ")[0]


def stack_name(stack: str) -> str:
    """The name of a stack in a configuration: those of the bundled ones cannot be given again."""
    return f"staging_{stack}" if stack in tomllib.loads(BUNDLED.read_text())["stack"] else stack


def tables_of(stack: str) -> dict[str, Any]:
    """The tables of gameday.toml with which a stack runs with fakes."""
    bundled = tomllib.loads(BUNDLED.read_text())["stack"]
    if stack in bundled:
        return {"run": {"pace": PACE}, "stack": {stack_name(stack): bundled[stack]}}
    home = OWNERS / stack
    tables = tomllib.loads((home / "gameday.toml").read_text())
    table = tables["stack"][stack]
    table["directory"] = str(home)
    return {
        "run": tables["run"],
        "contracts": {"folders": [str(home / each) for each in tables["contracts"]["folders"]]},
        "organisation": {"folder": str(home / tables["organisation"]["folder"])},
        "stack": {stack: table},
    }


def in_tenants(stack: str, contract: str, tenants: PlayedTenants, port: int) -> dict[str, Any]:
    """The tables with which it runs in tenants; ``port`` is where the CRM's messages are taken."""
    tables = tables_of(stack)
    table = tables["stack"][stack_name(stack)]
    if stack == "python_batch":
        table["env"]["SALESFORCE_DOMAIN"] = HOSTS["salesforce"].removesuffix(".salesforce.com")
        # It has no durations that it could divide; see OF_CLIENTS.
        table["env"]["PACE"] = "{pace}"
    else:
        table["ports"] = {"stack": port}
    tables["sandbox"] = {"flows": [contract], "proxy": tenants.proxy, "tenants": tenants.table}
    tables["sandbox"]["tenants"]["salesforce"]["fields"] = {"Opportunity": FIELDS.get(stack, {})}
    return tables


def toml(tables: Mapping[str, Any], path: str = "") -> str:
    """Tables as TOML: texts, numbers and lists are written as in JSON."""
    plain = {name: value for name, value in tables.items() if not isinstance(value, dict)}
    found = f"[{path}]\n" if path and plain else ""
    found += "".join(f"{json.dumps(name)} = {json.dumps(value)}\n" for name, value in plain.items())
    inner = ((name, value) for name, value in tables.items() if isinstance(value, dict))
    return found + "".join(toml(value, f"{path}.{json.dumps(name)}".lstrip(".")) for name, value in inner)


# -- the runs --------------------------------------------------------------------------------------


def run(jobs: Sequence[Job], places: Sequence[str], file: Path, parallel: int) -> None:
    """Run what has no result, some at a time, those that take longest first."""
    known = latest(file)
    known = {key: result for key, result in known.items() if is_decided(result)}
    missing = [(job, place) for job in jobs for place in places if job.runs and (*job.key, place) not in known]
    # A batch mostly waits, so its runs go beside the others.
    waiting = [each for each in missing if each[0].stack == "python_batch" and each[1] == "tenants"]
    busy = [each for each in missing if each not in waiting]
    busy.sort(key=lambda each: -each[0].scenario.horizon_s)
    sys.stdout.write(f"{len(missing)} runs have no result\n")
    lock = threading.Lock()

    def one(each: tuple[Job, str]) -> None:
        result = carried_out(*each, file.parent)
        with lock, file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(result) + "\n")
            sys.stdout.write(f"{result['place']:8} {result['result']:14} {result['stack']}: {result['scenario']}\n")
            sys.stdout.flush()

    with ThreadPoolExecutor(max(1, len(waiting))) as beside, ThreadPoolExecutor(parallel) as pool:
        for done in [*(beside.submit(one, each) for each in waiting), *(pool.submit(one, each) for each in busy)]:
            done.result()


def carried_out(job: Job, place: str, folder: Path) -> Result:
    """Run one scenario in one place, and read what came of it."""
    at = (
        folder
        / place
        / job.stack
        / re.sub(r"\W+", "-", f"{Path(job.scenario.feature).stem} {job.scenario.name}")[:100].strip("-")
    )
    at.mkdir(parents=True, exist_ok=True)
    began_s = time.monotonic()
    feature = str(library() / job.scenario.feature)
    with contextlib.ExitStack() as opened:
        tables, environment = tables_of(job.stack), dict(os.environ)
        if place == "tenants":
            organisation = tables.get("organisation", {}).get("folder")
            tenants = opened.enter_context(PlayedTenants(Path(organisation) if organisation else None))
            port = free_port()
            tenants.begin(job.scenario, tables["run"]["pace"], f"http://127.0.0.1:{port}/outbound-messages")
            tables = in_tenants(job.stack, job.scenario.flow.contract, tenants, port)
            environment |= tenants.environment
        (at / "gameday.toml").write_text(toml(tables))
        command = [
            sys.executable,
            "-m",
            "gameday.cli",
            "run",
            feature,
            "--stack",
            stack_name(job.stack),
        ]
        command += [
            "--config",
            str(at / "gameday.toml"),
            "--runs",
            str(at / "runs"),
            "--pace",
            f"{tables['run']['pace']:g}",
        ]
        with (at / "output.txt").open("w") as output:
            subprocess.run(command, cwd=at, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
    found = {"stack": job.stack, "scenario": job.scenario.name, "place": place}
    return {**found, **_read(at), "real_s": round(time.monotonic() - began_s, 1)}


def _read(at: Path) -> Result:
    judged = sorted((at / "runs").glob("*/verdicts.json"), key=lambda file: file.stat().st_mtime_ns)
    runs = [Run(file.parent) for file in judged]
    runs = [run for run in runs if run.scenario().injections or len(runs) == 1] or runs
    if not runs:
        why = (at / "output.txt").read_text(encoding="utf-8").strip().splitlines()[-1:]
        return {"result": "not run", "why": "".join(why)[:300], "verdicts": {}, "states": {}, "overloaded": False}
    result, verdicts = runs[-1].verdicts()
    why = "; ".join(f"{v.name}: {v.summary}" for v in verdicts if v.result == result)[:300]
    states = Counter(outcome.state for outcome in reconcile(runs[-1].case()).outcomes)
    words = {verdict.name: verdict.result.word for verdict in verdicts}
    overloaded = any(HOST_LOAD in verdict.evidence for verdict in verdicts)
    found = {"result": result.word, "why": why, "verdicts": words, "states": dict(sorted(states.items()))}
    return {**found, "overloaded": overloaded}


def latest(file: Path) -> dict[tuple[str, str, str], Result]:
    """The last result of each run; a line that was cut off is left out."""
    found: dict[tuple[str, str, str], Result] = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        with contextlib.suppress(ValueError):
            result = json.loads(line)
            found[result["stack"], result["scenario"], result["place"]] = result
    return found


if __name__ == "__main__":
    sys.exit(main())
