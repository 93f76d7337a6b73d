"""What becomes of a stack's way to its sandbox tenants if gameday dies: closed, or open without faults.

A stack that runs already, at fixed ports of gameday's, loses its tenants with the run that stands between. Where
``[sandbox]`` says ``when_gameday_dies = "open"``, the rollback log says from the beginning how to go on without
gameday, and the guardian of a run that was killed or interrupted opens that way. It is closed by ``gameday heal``, by
``gameday sandbox close``, by the next run that needs one of its ports, and at the end of its time.
"""

from __future__ import annotations

from pathlib import Path

from gameday.base.durations import words
from gameday.base.errors import GamedayError
from gameday.config.sandbox import SandboxTable
from gameday.config.stack_address import LOOPBACK
from gameday.config.stack_table import StackTable
from gameday.model.scenario import Flow
from gameday.run.links import HOSTS_ADDRESSES, HTTPS_PORT
from gameday.run.open_ports import open_now
from gameday.run.rollback import RollbackLog, note_done, read
from gameday.run.rollback_entries import ClosePassThrough
from gameday.run.setup import Setup
from gameday_fakes.sandbox.settings import PassThrough, TakenAt

#: The key of its rollback entry.
KEY = "pass-through"


def pass_through_of(table: StackTable, flow: Flow, sandbox: SandboxTable | None) -> PassThrough | None:
    """How a stack would go on without gameday; None where it would not. Raises GamedayError where it could not."""
    if sandbox is None or sandbox.when_gameday_dies != "open" or not table.url or not (tenants := sandbox.of(flow)):
        return None
    where = f"[stack.{table.name}]"
    if table.tls and not table.lasting_ca:
        hint = "add lasting_ca = true to its table: the authority of a run ends with it"
        raise GamedayError(f"when_gameday_dies = 'open' is not possible for {where}", hint=hint)
    host, plain, over_tls = table.fakes_listen or LOOPBACK, [], []
    for role, vendor in (("crm", flow.crm), ("erp", flow.erp)):
        if role in table.ports:
            plain.append(TakenAt(vendor, host, table.ports[role]))
        if table.tls:
            address, port = (HOSTS_ADDRESSES[role], HTTPS_PORT) if table.hosts else (host, 0)
            over_tls.append(TakenAt(vendor, address, port or table.ports.get(f"{role}_https", 0), tls=True))
        led = table.tls and (table.hosts or "proxy" in table.ports or f"{role}_https" in table.ports)
        if role not in table.ports and not led:
            hint = f"add {role} to its ports: a stack that runs already cannot know a port of a run"
            problem = f"when_gameday_dies = 'open' needs a fixed port for the {role.upper()} in {where}"
            raise GamedayError(problem, hint=hint)
    connect = TakenAt("", host, table.ports["proxy"]) if "proxy" in table.ports else None
    names = (table.fakes_host,) if table.fakes_host else ()
    return PassThrough(tenants, (*plain, *over_tls), connect, names)


def after_death(table: StackTable, flow: Flow, sandbox: SandboxTable) -> str:
    """What a plan says of it, in one line."""
    if not table.url:
        return "if gameday dies, the stack that it started ends too"
    way = pass_through_of(table, flow, sandbox)
    if way is None:
        return "if gameday dies, the stack has no connection to the sandboxes until it is led there"
    return f"if gameday dies, requests still pass at {listed(way)} for {words(sandbox.open_for_s)}, without faults"


def write_ahead(setup: Setup, rollback: RollbackLog) -> None:
    """Write to the rollback log how the stack of a run goes on without gameday, where it does."""
    sandbox = setup.config.sandbox
    way = pass_through_of(setup.table, setup.flow, sandbox) if setup.tenants else None
    if way is not None and sandbox is not None:
        rollback.before(KEY, ClosePassThrough(str(setup.run_dir.resolve()), way, sandbox.open_for_s))


def entry_of(run_dir: Path) -> ClosePassThrough | None:
    """The entry of a run, as long as it is open and this user's own."""
    left = read(run_dir).left.get(KEY)
    return left.entry if left and not left.refusal and isinstance(left.entry, ClosePassThrough) else None


def close(run_dir: Path) -> bool:
    """Close the way of a run and note it; whether it was open. Raises GamedayError for a run that is still going."""
    if (harness := read(run_dir).harness) is not None and harness.alive():
        raise GamedayError(f"the run {run_dir.name!r} is still going", hint="end it: it closes its ports itself")
    found = [each for each in open_now() if each.run_dir == run_dir.resolve()]
    if (entry := entry_of(run_dir)) is not None:
        from gameday.run.healing_calls import Calls

        entry.act(Calls())
        note_done(run_dir, [KEY])
    return bool(found)


def make_room(table: StackTable) -> None:
    """Close every way that is open at a port which a stack's table asks for."""
    wanted = {*table.ports.values(), *([HTTPS_PORT] if table.hosts else [])}
    if not wanted:
        return
    for each in open_now():
        entry = entry_of(each.run_dir)
        if entry is not None and wanted & {port for _, port in entry.way.addresses}:
            close(each.run_dir)


def listed(way: PassThrough) -> str:
    """Its addresses, for people."""
    return ", ".join(f"{host}:{port}" for host, port in way.addresses)
