"""A stack's table: how to start it, how to point it at the fakes, and which hooks it has.

Your own stacks are in gameday.toml, the bundled ones in a packaged file of the same form. Every planted bug is a
separate stack, ``durable+<bug>``: the durable one with the bug's name in its environment.
"""

from __future__ import annotations

import datetime
import os
import string
import tomllib
from collections.abc import Collection, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from gameday.base.errors import GamedayError, unknown
from gameday.base.tables import read_table, shown_path
from gameday.config.bundled_clients import STACKS, spoken_by
from gameday.config.clock_choice import REAL, choose_clock, read_date
from gameday.config.planted_bugs import read_planted_bugs
from gameday.config.reach import read_reach
from gameday.config.stack_address import TLS_TEMPLATES, check_address
from gameday.config.stack_hooks import Hook, check_hooks
from gameday.config.stack_processes import Process, ProcessTable, check_processes, read_every
from gameday.model.capability import CAPABILITIES
from gameday.model.contract import Contract

#: The placeholders in a command or an environment value.
TEMPLATE_NAMES = (
    *("crm", "erp", "crm_url", "erp_url", "pager_url", "tickets_url", "pager_port", "listen", "host", "port"),
    *("state_dir", "run_dir", "pace", "flow", "credentials", "python", "fakes_host", *TLS_TEMPLATES),
    *("routing_key", *(f"routing_key_{role}" for role in ("sync", "source", "sink", "platform", "finance"))),
)

PLANTED = "durable"
BUG_VARIABLE = "GAMEDAY_BUG"

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z"
_PATH = r"^(|/[!-~]*)\Z"

_Text = Annotated[str, Meta(pattern=r"^[^\x00]*\Z")]
_Name = Annotated[str, Meta(pattern=_NAME)]
_PathOnUrl = Annotated[str, Meta(pattern=_PATH)]


class StackTable(msgspec.Struct, frozen=True):
    """One stack, as its table says: ``command`` or ``processes`` (the harness starts it), or ``url`` (it runs already).

    ``every`` makes of the command a batch, whose runs may ``overlap``, ``processes`` has several commands
    (gameday.config.stack_processes).

    ``command`` and the values of ``env`` are templates: ``{crm_url}`` and so on, see TEMPLATE_NAMES; a literal
    brace is written twice. ``directory`` is where the command runs. ``webhook`` is where the CRM delivers, ``health``
    answers 200 when ready; both may be empty, and the other hooks (``"POST /path"``) too: ``replay`` and
    ``dead_letters``, ``pause`` and ``resume`` (for a ``url``; a command is paused as a process), ``roll_out`` (of
    another version, ``{"percent": 20}`` of the deals) and ``roll_back``, ``test_alert``, ``next_due`` and
    ``skip`` (gameday.run.skipping), and
    ``metrics``, where it answers GET with its metrics in Prometheus' text format. ``match`` is the ERP's field that
    holds the deal's id, empty for the one that the contract names. ``alerts`` and ``tickets`` are the fakes that it
    pages and files tickets with. ``vendors`` are the CRMs and ERPs that it speaks to; any, if there are none, and none
    of a role means any of it. ``absent`` are the capabilities that it does without, of
    ``gameday.model.capability``: what needs one of them is not applicable. ``start_timeout_s`` is in real seconds.
    ``clock`` says how the stack follows the pace of a run (gameday.config.clock_choice), empty for the default, and
    ``date`` at which date and time its runs begin, where that clock is accelerated.
    ``reach`` are the addresses beside the fakes that its process may reach, HOST:PORT (gameday.config.reach).
    ``inherit`` are the variables of the environment that its process gets beside those of ``env`` and those that every
    program needs (gameday.config.stack_environment). ``tls``: the fakes serve TLS too, under the vendors' host names;
    ``lasting_ca``: with certificates of the user's lasting authority; ``hosts``: at port 443 of loopback addresses, for
    lines in /etc/hosts. ``ports`` are fixed ones, by the names of gameday.config.stack_address. ``fakes_host`` is the
    name under which the stack finds the machine of the fakes, and ``fakes_listen`` the address at which the links
    listen for it. ``version`` is the version to record for its runs: a text in which ``${NAME}`` stands for a variable
    of the environment, see `stack_version`. ``in_process`` is a function of Python, MODULE:NAME, that runs the stack
    within another process: `gameday explore` simulates by it (gameday.simulation.stack).
    """

    name: _Name
    command: Annotated[tuple[_Text, ...], Meta(max_length=256)] = ()
    every: _Text = ""
    overlap: bool = False
    processes: dict[str, ProcessTable] = {}
    url: _Text = ""
    directory: _Text = ""
    env: dict[str, _Text] = {}
    inherit: tuple[_Text, ...] = ()
    reach: tuple[_Text, ...] = ()
    webhook: _PathOnUrl = "/outbound-messages"
    health: _PathOnUrl = "/healthz"
    replay: Hook = ""
    dead_letters: Hook = ""
    pause: Hook = ""
    resume: Hook = ""
    roll_out: Hook = ""
    roll_back: Hook = ""
    test_alert: Hook = ""
    next_due: Hook = ""
    skip: Hook = ""
    metrics: Annotated[str, Meta(pattern=r"^(|/[!-~]*)\Z")] = ""
    match: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_]{0,64}\Z")] = ""
    alerts: _Name = "pagerduty"
    tickets: _Name = "jira"
    vendors: tuple[_Name, ...] = ()
    absent: tuple[_Text, ...] = ()
    start_timeout_s: Annotated[float, Meta(gt=0, le=3600)] = 30.0
    version: _Text = ""
    tls: bool = False
    lasting_ca: bool = False
    hosts: bool = False
    ports: dict[str, int] = {}
    fakes_host: _Text = ""
    fakes_listen: _Text = ""
    clock: _Text = ""
    date: _Text = ""
    in_process: Annotated[str, Meta(pattern=r"^(|[A-Za-z_][\w.]*:[A-Za-z_]\w*)\Z")] = ""

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """The commands that start it; none for a ``url``."""
        return tuple(process.command for process in self.parts)

    @property
    def parts(self) -> tuple[Process, ...]:
        """Its processes; none for a ``url``."""
        if self.command:
            every_s = read_every(self.every, f"[stack.{self.name}]", overlap=self.overlap)
            return (Process("", self.command, self.env, self.directory, every_s, self.overlap),)
        return tuple(
            Process(
                name,
                each.command,
                {**self.env, **each.env},
                os.path.join(self.directory, each.directory) if each.directory else self.directory,  # noqa: PTH118
                read_every(each.every, f"[stack.{self.name}.processes.{name}]", overlap=each.overlap),
                each.overlap,
            )
            for name, each in self.processes.items()
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text in which templates are filled."""
        own = tuple(text for process in self.parts for text in (*process.command, *process.env.values()))
        return (*own, *self.env.values())

    @property
    def longest_pause_s(self) -> float:
        """The longest pause between two starts of its batches (scenario seconds); 0 without a batch."""
        return max((process.every_s for process in self.parts), default=0.0)


def read_stack(name: str, table: object, *, file: str) -> StackTable:
    """Read one ``[stack.<name>]``. Raises GamedayError naming the file, the key and the bad value."""
    where = f"[stack.{name}] of {file}"
    if isinstance(table, dict) and "name" in table:
        raise GamedayError(f"unknown key 'name' in {where}", hint="a stack's name goes in the brackets only")
    if isinstance(table, dict):
        check_processes(table.get("processes"), f"[stack.{name}.processes", file)
        if isinstance(table.get("date"), datetime.date):  # TOML has dates of its own
            table = {**table, "date": str(table["date"])}
    stack = read_table(StackTable, {"name": name, **table} if isinstance(table, dict) else table, where=where)
    if sum(map(bool, (stack.command, stack.url, stack.processes))) != 1:
        raise GamedayError(
            f"{where} needs either a command or a url, or processes", hint="a command is started, a url runs already"
        )
    if stack.every and not stack.command:
        raise GamedayError(f"'every' in {where} needs a command", hint="each of several processes has its own")
    stack = _without_listener(stack, {*table} if isinstance(table, dict) else set())
    for capability in stack.absent:
        if capability not in CAPABILITIES:
            raise unknown("capability", capability[:80], CAPABILITIES, where=f"'absent' in {where}")
    if stack.url:
        _check_url(stack.url, f"'url' in {where}")
    check_hooks(stack, where)
    _check_access(stack, where)
    for process in stack.parts:
        for part in process.command:
            _check_template(part, f"'command' in {where}")
        _check_env(process.env, where)
    _check_env(stack.env, where)
    templates = [name for text in stack.texts for name in templates_in(text)]
    check_address(stack, templates, where)
    clock = choose_clock(stack.clock, url=stack.url, templates=stack.texts, where=where)
    read_date(stack.date, clock=REAL if stack.url else clock, where=where)
    return stack


def _check_access(stack: StackTable, where: str) -> None:
    """What its process may have beside the fakes: addresses, and variables of the environment."""
    if stack.reach and stack.url:
        raise GamedayError(
            f"'reach' in {where} is of no use with a url", hint="a stack that runs already is not isolated"
        )
    read_reach(stack.reach, f"'reach' in {where}")
    for variable in stack.inherit:
        if not variable or "=" in variable:
            raise GamedayError(f"{variable!r}, in 'inherit' of {where}, is not the name of an environment variable")


def _check_env(env: Mapping[str, str], where: str) -> None:
    for variable, value in env.items():
        if not variable or "=" in variable or "\0" in variable:
            raise GamedayError(f"{variable!r} in {where} is not the name of an environment variable")
        _check_template(value, f"{variable!r} in {where}")


def _without_listener(stack: StackTable, given: Collection[str]) -> StackTable:
    """The table as it holds for a stack that does not listen: batches do not, unless the table says so."""
    if stack.parts and all(process.every_s for process in stack.parts):
        empty = {key: "" for key in ("webhook", "health") if key not in given}
        stack = msgspec.structs.replace(stack, **empty)
    if stack.webhook or "webhook" in stack.absent:
        return stack
    return msgspec.structs.replace(stack, absent=(*stack.absent, "webhook"))


def _check_url(url: str, where: str) -> None:
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url or not url.isprintable() or " " in url:
        raise GamedayError(f"{url[:100]!r}, {where}, is not a URL", hint="write for instance http://127.0.0.1:8080")


def _check_template(template: str, where: str) -> None:
    """Allow only plain names between braces: a format such as ``{pace:>9999999999}`` could have any size."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as problem:
        raise GamedayError(
            f"bad template {template[:100]!r}, {where}: {problem}", hint="a literal brace is written twice"
        ) from None
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in TEMPLATE_NAMES or form or conversion:
            written = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise unknown("template", written[:100], TEMPLATE_NAMES, where=where)


def templates_in(text: str) -> list[str]:
    """The names between braces in a template."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def contract_for(contract: Contract, table: StackTable) -> Contract:
    """The contract as it holds for a stack: with the matching key of its table, without the invoices that it lacks."""
    match = table.match or contract.match
    return msgspec.structs.replace(contract, match=match, invoiced=contract.invoiced and "invoices" not in table.absent)


def bundled_stacks() -> dict[str, StackTable]:
    """The stacks that come with the harness, by name, without the planted bugs."""
    text = STACKS.joinpath("stacks.toml").read_text("utf-8")
    tables: dict[str, Any] = tomllib.loads(text)["stack"]
    stacks = (read_stack(name, table, file="the bundled stacks") for name, table in tables.items())
    return {stack.name: msgspec.structs.replace(stack, vendors=spoken_by(stack.commands)) for stack in stacks}


def planted_bugs() -> Mapping[str, str]:
    """The planted bugs by name, each with a one-line description."""
    return read_planted_bugs(resources.files("gameday_fakes").joinpath("stacks", "durable", "bugs"))


def stack_table(name: str, own: Mapping[str, StackTable] | None = None) -> StackTable:
    """The table of a stack: one of ``own``, a bundled one, or ``durable+<bug>``. Raises GamedayError with the known."""
    tables = {**bundled_stacks(), **(own or {})}
    if name in tables:
        return _placed(tables[name])
    base, _, bug = name.partition("+")
    if base != PLANTED or not bug:
        raise unknown("stack", name, [*tables, f"{PLANTED}+<bug>"], hint="yours has a table in gameday.toml")
    if bug not in planted_bugs():
        raise unknown("planted bug", bug, planted_bugs())
    durable = tables[PLANTED]
    return msgspec.structs.replace(durable, name=name, env={**durable.env, BUG_VARIABLE: bug})


def _placed(stack: StackTable) -> StackTable:
    for directory in (stack.directory, *(process.directory for process in stack.parts)):
        try:
            exists = not directory or Path(directory).is_dir()
        except OSError:  # a name that is too long for the file system
            exists = False
        if not exists:
            raise GamedayError(
                f"no such folder: {shown_path(directory)}, the directory of stack {stack.name!r}",
                hint="it is relative to the file that names it",
            )
    return stack
