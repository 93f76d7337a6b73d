"""How a stack goes on without gameday: from its table, and by nothing that this user did not write."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gameday.base.errors import GamedayError
from gameday.config.sandbox import SandboxTable
from gameday.config.stack_table import StackTable
from gameday.model.scenario import Flow
from gameday.run.healing import heal_abandoned, heal_run
from gameday.run.open_ports import VARIABLE, mark, open_now
from gameday.run.pass_through import KEY, after_death, entry_of, make_room, pass_through_of
from gameday.run.pass_through_serve import LOG_FILE, start
from gameday.run.rollback import ROLLBACK_FILE, RollbackLog, read
from gameday.run.rollback_entries import ClosePassThrough
from gameday_fakes.sandbox.settings import PassThrough, TakenAt, TenantSettings
from support.rows import rows

FLOW = Flow("salesforce", "netsuite", "deals")
TENANTS = {
    "salesforce": TenantSettings("acme--uat.sandbox.my.salesforce.com", ("00D7Q000000abcdUAA",)),
    "netsuite": TenantSettings("1234567-sb1.suitetalk.api.netsuite.com", ("1234567_SB1",)),
}
OPEN = SandboxTable(("deals",), TENANTS, when_gameday_dies="open")
URL = "http://127.0.0.1:8080"


def table(**more: Any) -> StackTable:
    return StackTable("mine", **{"url": URL, **more})


@rows(
    ("more", "listeners", "connect"),
    [
        ({"ports": {"crm": 1, "erp": 2}}, ["salesforce 127.0.0.1:1", "netsuite 127.0.0.1:2"], None),
        (
            {"ports": {"crm": 1, "erp": 2}, "fakes_host": "gameday.test", "fakes_listen": "192.0.2.1"},
            ["salesforce 192.0.2.1:1", "netsuite 192.0.2.1:2"],
            None,
        ),
        (
            {"ports": {"proxy": 3}, "tls": True, "lasting_ca": True},
            ["salesforce 127.0.0.1:0 tls", "netsuite 127.0.0.1:0 tls"],
            3,
        ),
        (
            {"ports": {"crm": 1, "erp_https": 4}, "tls": True, "lasting_ca": True},
            ["salesforce 127.0.0.1:1", "salesforce 127.0.0.1:0 tls", "netsuite 127.0.0.1:4 tls"],
            None,
        ),
        (
            {"hosts": True, "tls": True, "lasting_ca": True},
            ["salesforce 127.0.0.11:443 tls", "netsuite 127.0.0.12:443 tls"],
            None,
        ),
    ],
)
def test_it_is_taken_from_where_the_links_of_a_run_listen(
    more: dict[str, Any], listeners: list[str], connect: int | None
) -> None:
    way = pass_through_of(table(**more), FLOW, OPEN)
    assert way is not None
    shown = [f"{each.vendor} {each.host}:{each.port}{' tls' if each.tls else ''}" for each in way.listeners]
    assert sorted(shown) == sorted(listeners)
    assert (way.connect.port if way.connect else None) == connect
    assert way.names == ((more["fakes_host"],) if "fakes_host" in more else ())


@rows(
    ("more", "message"),
    [
        ({}, "needs a fixed port for the CRM in"),
        ({"ports": {"crm": 1}}, "needs a fixed port for the ERP in"),
        ({"ports": {"crm": 1, "pager": 2}}, "needs a fixed port for the ERP in"),
        ({"ports": {"proxy": 3}, "tls": True}, "add lasting_ca = true"),
        ({"tls": True, "lasting_ca": True}, "needs a fixed port for the CRM in"),
    ],
)
def test_a_stack_that_could_not_go_on_is_refused_before_a_run(more: dict[str, Any], message: str) -> None:
    with pytest.raises(GamedayError) as problem:
        pass_through_of(table(**more), FLOW, OPEN)
    assert message in str(problem.value)
    assert "[stack.mine]" in str(problem.value)


@rows(
    ("stack", "flow", "sandbox"),
    [
        (table(), FLOW, msgspec.structs.replace(OPEN, when_gameday_dies="closed")),
        (table(), FLOW, None),
        (table(), Flow("salesforce", "netsuite", "others"), OPEN),
        (table(url="", command=("sync",)), FLOW, OPEN),
    ],
)
def test_else_it_is_closed(stack: StackTable, flow: Flow, sandbox: SandboxTable | None) -> None:
    assert pass_through_of(stack, flow, sandbox) is None


def test_a_plan_says_what_is_left_of_the_tenants_if_gameday_dies() -> None:
    fixed = table(ports={"crm": 1, "erp": 2})
    closed = msgspec.structs.replace(OPEN, when_gameday_dies="closed")
    assert after_death(fixed, FLOW, OPEN) == (
        "if gameday dies, requests still pass at 127.0.0.1:1, 127.0.0.1:2 for 24 h, without faults"
    )
    assert after_death(fixed, FLOW, closed) == (
        "if gameday dies, the stack has no connection to the sandboxes until it is led there"
    )
    started = table(url="", command=("sync",))
    assert after_death(started, FLOW, OPEN) == "if gameday dies, the stack that it started ends too"


def died(folder: Path, port: int = 1) -> Path:
    """The folder of a run whose harness is gone."""
    folder.mkdir()
    log = RollbackLog(folder)
    way = PassThrough(TENANTS, (TakenAt("salesforce", "127.0.0.1", port),))
    log.before(KEY, ClosePassThrough(str(folder.resolve()), way, 60.0))
    log.close()
    change(folder, lambda line: {**line, "harness": {"pid": 1, "started": "0"}} if "harness" in line else line)
    return folder


def change(folder: Path, to: Any) -> None:
    path = folder / ROLLBACK_FILE
    lines = [json.dumps(to(json.loads(line))) for line in path.read_text().splitlines()]
    path.write_text("\n".join(lines) + "\n")


def other_host(line: dict[str, Any]) -> dict[str, Any]:
    if "rollback" in line:
        line["rollback"]["way"]["tenants"]["salesforce"]["host"] = "evil--x.sandbox.my.salesforce.com"
    return line


@rows("to", [other_host, lambda line: {**line, "seal": ""}, lambda line: {**line, "id": "another"}, lambda _: {}])
def test_what_this_user_did_not_write_opens_nothing(tmp_path: Path, to: Any) -> None:
    folder = died(tmp_path / "run")
    assert entry_of(folder) is not None
    change(folder, to)
    assert entry_of(folder) is None
    start(folder)
    assert not (folder / LOG_FILE).exists()


def test_nobody_but_heal_closes_it(tmp_path: Path) -> None:
    folder = died(tmp_path / "run")
    heal_run(folder, but=(ClosePassThrough,), shared_only=True)
    heal_abandoned(tmp_path, leaving=(ClosePassThrough,))
    assert [*read(folder).left] == [KEY]
    (healing,) = heal_abandoned(tmp_path)
    assert healing.healed == (KEY,)
    assert read(folder).left == {}


@pytest.mark.slow
def test_only_what_listens_at_a_port_that_a_run_needs_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of another user: what is open is shown by every command of the same one, so by those that other workers try.
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user"))
    folders = [died(tmp_path / "one", 18_001), died(tmp_path / "two", 18_002)]
    processes = [
        subprocess.Popen(["sleep", "60"], env={**os.environ, VARIABLE: mark(folder, 4e9)}) for folder in folders
    ]
    try:
        make_room(table(ports={"stack": 18_003}))
        assert {each.run_dir for each in open_now()} >= {*folders}
        make_room(table(ports={"erp": 18_001}))
        assert {each.run_dir for each in open_now()} & {*folders} == {folders[1]}
        assert (read(folders[0]).left, [*read(folders[1]).left]) == ({}, [KEY])
    finally:
        for process in processes:
            process.kill()
            process.wait()
