"""A game day on a Dask cluster is the same as on one machine, also if a worker, the command or the scheduler dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gameday.model.settings import Settings, Target
from gameday.run.healing import abandoned
from gameday.scoring.run_folder import Run, list_runs
from gameday.scoring.seal import verify
from gameday.steps.planning import plan_scenarios
from support.commands import Gameday
from support.dask_cluster import LIMIT_S, DaskCluster, dask_cluster, wait_until
from support.kills import FEATURE

pytestmark = [pytest.mark.slow, pytest.mark.needs("dask")]

INTERRUPTED = 130
_HEAD, _, _SCENARIO = FEATURE.partition("  Scenario: ")
#: One more than there are workers, so that one waits while the others run.
SCENARIOS = 3
MANY = _HEAD + "\n".join(
    "  Scenario: " + _SCENARIO.replace("Everything at once", f"Everything at once, {number}")
    for number in range(SCENARIOS)
)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path / "cluster", 2) as found:
        yield found


def begin(cluster: DaskCluster, folder: Path, feature: str, *options: str) -> Gameday:
    folder.mkdir(exist_ok=True)
    (folder / "some.feature").write_text(feature)
    command = ("run", "some.feature", "--stack", "durable", "--no-control", "--on", cluster.address, *options)
    return Gameday(*command, cwd=folder, env=cluster.environment)


def nothing_is_left(cluster: DaskCluster) -> None:
    wait_until(lambda: not cluster.run_processes)
    assert list(abandoned(cluster.state)) == []


def line_up(pid: int) -> list[int]:
    """A process that carries out a run, and those above it up to its Dask worker."""
    found = [pid]
    while b"dask\0worker" not in Path(f"/proc/{found[-1]}/cmdline").read_bytes():
        found.append(int(Path(f"/proc/{found[-1]}/stat").read_text().rpartition(")")[2].split()[1]))
    return found


def test_when_one_of_the_workers_is_killed_its_scenario_runs_elsewhere(
    cluster: DaskCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a live board nothing is run again because the machine was too busy.
    command = begin(cluster, tmp_path / "here", MANY, "--live")
    wait_until(lambda: cluster.harnesses)
    os.kill(line_up(cluster.harnesses[0])[-1], signal.SIGKILL)
    out, err = command.communicate(timeout=LIMIT_S)
    # A busy machine makes scenarios inconclusive.
    assert command.returncode in (0, 3), err + cluster.log()
    nothing_is_left(cluster)

    assert err.count("is gone: what it was running is run elsewhere") == 1
    runs = list_runs(tmp_path / "here" / "runs")
    assert sorted(run.scenario().name for run in runs) == [f"Everything at once, {n}" for n in range(SCENARIOS)]
    monkeypatch.setenv("XDG_STATE_HOME", cluster.environment["XDG_STATE_HOME"])
    assert {verify(run.dir).word for run in runs} == {"intact"}
    monkeypatch.chdir(tmp_path / "here")
    planned = plan_scenarios([Path("some.feature")], Settings(targets=(Target("durable", 1),)))
    assert {run.scenario().digest() for run in runs} == {each.planned.digest() for each in planned if each.planned}
    assert "not run" not in out


def test_the_same_seed_has_the_same_result_as_on_one_machine(cluster: DaskCluster, tmp_path: Path) -> None:
    """A stack that loses deals loses the same ones."""
    # With a live board nothing is run again because the machine was too busy.
    command = ["run", "some.feature", "--stack", "brittle", "--seed", "7", "--no-control", "--live"]
    runs = {}
    for name, options in (("here", []), ("there", ["--on", cluster.address])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "some.feature").write_text(FEATURE)
        done = Gameday(*command, *options, cwd=tmp_path / name, env=cluster.environment)
        _, err = done.communicate(timeout=LIMIT_S)
        [runs[name]] = list_runs(tmp_path / name / "runs")
        assert done.returncode in (0, 1, 3), err
    assert runs["here"].scenario() == runs["there"].scenario()
    assert _deals(runs["here"]) == _deals(runs["there"])
    results = {run.verdicts()[0].word for run in runs.values()} - {"inconclusive"}
    assert len(results) <= 1


def _deals(run: Run) -> list[str]:
    return sorted(entry.id for entry in run.ledger("crm").entries)


def test_ctrl_c_stops_and_heals_everything_everywhere(cluster: DaskCluster, tmp_path: Path) -> None:
    command = begin(cluster, tmp_path / "here", MANY)
    wait_until(lambda: len(cluster.harnesses) == 2)
    os.kill(command.pid, signal.SIGINT)
    command.communicate(timeout=LIMIT_S)
    assert command.returncode == INTERRUPTED
    # When the command has ended, not some time later.
    assert cluster.run_processes == []
    assert list(abandoned(cluster.state)) == []
    assert list(cluster.state.glob("*/*")) == []


def test_when_the_command_is_killed_its_runs_are_healed(cluster: DaskCluster, tmp_path: Path) -> None:
    command = begin(cluster, tmp_path / "here", MANY)
    wait_until(lambda: len(cluster.harnesses) == 2)
    os.kill(command.pid, signal.SIGKILL)
    nothing_is_left(cluster)
    wait_until(lambda: not list(cluster.state.glob("*/*")))


def test_without_the_scheduler_what_is_left_is_not_run_and_the_runs_are_healed(
    cluster: DaskCluster, tmp_path: Path
) -> None:
    command = begin(cluster, tmp_path / "here", MANY)
    wait_until(lambda: len(cluster.harnesses) == 2)
    cluster.stop_scheduler()
    out, err = command.communicate(timeout=LIMIT_S)
    assert command.returncode == 3, err
    assert "the connection to the Dask scheduler is lost" in out
    nothing_is_left(cluster)


def test_a_key_that_is_not_here_is_found_before_anything_starts(tmp_path: Path) -> None:
    with dask_cluster(tmp_path / "cluster", 1) as cluster:
        cluster.environment["XDG_STATE_HOME"] = str(tmp_path / "another user")
        command = begin(cluster, tmp_path / "here", FEATURE)
        _, err = command.communicate(timeout=LIMIT_S)
    assert command.returncode == 2
    assert "it seals its runs with a key that is not here" in err
    assert "set one GAMEDAY_SEAL_SECRET for the workers and for this command" in err
    assert "Traceback" not in err


def test_a_secret_of_both_sides_is_such_a_key(tmp_path: Path) -> None:
    secret = {"GAMEDAY_SEAL_SECRET": "0123456789abcdef"}
    with dask_cluster(tmp_path / "cluster", 1, secret) as cluster:
        cluster.environment["XDG_STATE_HOME"] = str(tmp_path / "another user")
        command = begin(cluster, tmp_path / "here", FEATURE)
        _, err = command.communicate(timeout=LIMIT_S)
    assert command.returncode in (0, 3), err
    # There are more where the machine was too busy and the scenario was run again.
    [run, *_] = list_runs(tmp_path / "here" / "runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path / "another user"))
        patch.delenv("GAMEDAY_SEAL_SECRET", raising=False)
        assert verify(run.dir).word == "foreign"
        patch.setenv("GAMEDAY_SEAL_SECRET", "0123456789abcdef")
        assert verify(run.dir).word == "intact"


@pytest.mark.parametrize(("runs", "message"), [(0, "none says how many runs fit it"), (400, "take 400 runs at a time")])
def test_a_worker_that_says_not_what_fits_it_or_too_much_is_refused(tmp_path: Path, runs: int, message: str) -> None:
    with dask_cluster(tmp_path / "cluster", 0) as cluster:
        cluster.add("worker-0", runs=runs)
        wait_until(lambda: "Registered to" in cluster.log())
        command = begin(cluster, tmp_path / "here", FEATURE)
        _, err = command.communicate(timeout=LIMIT_S)
    assert command.returncode == 2
    assert message in err


def test_where_nobody_listens_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "some.feature").write_text(FEATURE)
    command = Gameday("run", "some.feature", "--stack", "durable", "--on", "dask://127.0.0.1:1", cwd=tmp_path)
    _, err = command.communicate(timeout=LIMIT_S)
    assert command.returncode == 2
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in err
    assert "Traceback" not in err


def test_off_loopback_without_certificates_nothing_is_sent(tmp_path: Path) -> None:
    (tmp_path / "some.feature").write_text(FEATURE)
    command = Gameday("run", "some.feature", "--stack", "durable", "--on", "dask://192.0.2.1:8786", cwd=tmp_path)
    _, err = command.communicate(timeout=LIMIT_S)
    assert command.returncode == 2
    assert "tls://192.0.2.1:8786 is reached only with certificates" in err
    assert "distributed.comm.tls.ca-file" in err


def test_over_tls_with_certificates_of_both_sides(tmp_path: Path) -> None:
    import trustme

    ca = trustme.CA()
    cert = ca.issue_cert("127.0.0.1", "localhost")
    (tmp_path / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in cert.cert_chain_pems))
    (tmp_path / "key.pem").write_bytes(cert.private_key_pem.bytes())
    (tmp_path / "ca.pem").write_bytes(ca.cert_pem.bytes())
    tls = {"DASK_DISTRIBUTED__COMM__TLS__CA_FILE": str(tmp_path / "ca.pem")}
    for side in ("CLIENT", "SCHEDULER", "WORKER"):
        tls[f"DASK_DISTRIBUTED__COMM__TLS__{side}__CERT"] = str(tmp_path / "cert.pem")
        tls[f"DASK_DISTRIBUTED__COMM__TLS__{side}__KEY"] = str(tmp_path / "key.pem")
    with dask_cluster(tmp_path / "cluster", 1, tls, protocol="tls") as cluster:
        assert cluster.address.startswith("tls://")
        command = begin(cluster, tmp_path / "here", FEATURE)
        _, err = command.communicate(timeout=LIMIT_S)
        assert command.returncode in (0, 3), err
    assert list_runs(tmp_path / "here" / "runs")


def test_a_started_worker_heals_what_one_before_it_left(tmp_path: Path) -> None:
    with dask_cluster(tmp_path / "cluster", 1) as cluster:
        begun = begin(cluster, tmp_path / "here", FEATURE)
        wait_until(lambda: cluster.harnesses)
        for pid in reversed(line_up(cluster.harnesses[0])):
            os.kill(pid, signal.SIGKILL)
        cluster.add("worker-9")
        _, err = begun.communicate(timeout=LIMIT_S)
        assert begun.returncode in (0, 3), err
        nothing_is_left(cluster)


def test_nothing_of_dask_is_imported_by_a_run_on_this_machine(tmp_path: Path) -> None:
    code = "import gameday.commands.run, sys; print([m for m in sys.modules if m in ('dask', 'distributed')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert found.stdout.strip() == "[]"
