"""What the doctor knows about why a stack did not start, or why a deal became no order."""

from __future__ import annotations

from gameday.analysis.exits import exits
from gameday.analysis.outside_hosts import shown_hosts, tried_hosts, tried_sentence
from gameday.base.errors import GamedayError
from gameday.model.history import History
from gameday.run.doctor_address import host_of
from gameday.run.doctor_words import how_delivery_ended, how_it_learns, refusals, why_it_ended
from gameday.run.environment import Environment
from gameday.run.outside_watch import OutsideWatch
from gameday.run.recorder import Recorder
from gameday_fakes.registry import fake_kinds


def start_failed(problem: GamedayError, environment: Environment) -> GamedayError:
    """The error of a stack that did not start, with the hosts that it tried, and what it may lack as a hint."""
    setup = environment.setup
    tried = shown_hosts(OutsideWatch(setup.run_dir, setup.names).new())
    said = "; ".join(filter(None, (problem.problem, tried_sentence(tried))))
    others = [host for host in tried if not any(host_of(fake, host) for fake in fake_kinds())]
    return GamedayError(said, hint=problem.hint or why_it_ended(problem.problem, others, setup.table))


async def reasons(recorder: Recorder) -> list[str]:
    """What may explain a missing order, one clause each.

    How the stack learns of deals, what it did with the CRM's event, what the fakes refused, runs of a batch that
    failed, the hosts that it tried, and the last line of its log.
    """
    environment = recorder.environment
    fakes, flow, table = environment.fakes, recorder.scenario.flow, environment.setup.table
    history = History(recorder.operations)
    said = [how_it_learns(table, await fakes.stats(flow.crm)), how_delivery_ended(history, table.webhook)]
    said += [refusals(await fakes.refused(fake), fake) for fake in (flow.crm, flow.erp)]
    failed = exits(recorder.case(await environment.snapshot()))
    said += [f"{each.sentence}: {each.last_line}" for each in failed[-1:]]
    said.append(tried_sentence(tried_hosts(history)))
    if not failed and (last_line := environment.stack.last_line()):
        said.append(f"the last line of its log is: {last_line}")
    return [sentence for sentence in said if sentence]
