"""A redacted copy of a run's records, to send to somebody: it is judged as the run itself is.

Names that the contract classifies as confidential become pseudonyms, the same ones in every record, so that what was
equal stays equal and what differed still differs. So do the values of any field of the deals, the ledgers, parked
records and messages that look personal, and what is recognised in texts for certain, such as e-mail addresses. What
looks like a secret and the path of the home folder are taken out. Only records are copied: no logs, no rollback log, no
state of the stack, no reports.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from gameday.base.errors import GamedayError
from gameday.base.secrets import without_secrets
from gameday.base.whole_file import write_whole
from gameday.model.checker import Case
from gameday.model.events import DealAmended, DealClosed, SignalEvent
from gameday.model.history import History
from gameday.records.personal import without_personal
from gameday.scoring.judge import judge_run
from gameday.scoring.run_folder import CheckedRun, Run
from gameday.scoring.seal import RECORDS, Until, seal, until_of, verify
from gameday_reports.export.personal_values import personal_values
from gameday_reports.redaction import Redactor, confidential_names

Redact = Callable[[str], str]


def export(run_dir: Path, out: Path) -> Path:
    """Write the copy into the new folder ``out``, sealed as an export.

    Raises GamedayError if the run cannot be judged or was altered, if the folder exists, or if the copy would be
    judged otherwise.
    """
    found = verify(run_dir)
    if found.word in ("altered", "exposed"):
        raise GamedayError(f"{run_dir} is {found.sentence}", hint="an export is a copy of what the run recorded")
    run = Run(run_dir)
    before = judge_run(run)
    redact = _redaction(run.case())
    try:
        out.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise GamedayError(f"{str(out)!r} exists already", hint="name a new folder with --out") from None
    except OSError as problem:
        raise GamedayError(f"cannot make the folder {str(out)!r}: {problem.strerror}") from None
    try:
        _copy(run_dir, out, redact)
        _check_same(before, judge_run(Run(out)))
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise
    return out


def _copy(run_dir: Path, out: Path, redact: Redact) -> None:
    for name in RECORDS:
        path = run_dir / name
        if not path.is_file():
            continue
        if path.suffix == ".jsonl":
            write_whole(out / name, b"".join(_lines(path, redact)))
        else:
            write_whole(out / name, _redacted(path.read_bytes(), redact))
    until = until_of(run_dir)
    if until is not None:
        until = msgspec.json.decode(_redacted(msgspec.json.encode(until), redact), type=Until)
    seal(out, "export", until=until)


def _lines(path: Path, redact: Redact) -> Iterator[bytes]:
    """The lines of a history; a torn last one is left out."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield _redacted(line, redact) + b"\n"


def _redacted(content: bytes, redact: Redact) -> bytes:
    return msgspec.json.encode(_walk(msgspec.json.decode(content), redact))


def _walk(value: Any, redact: Redact) -> Any:
    """The value with its texts redacted; the names of fields stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_walk(each, redact) for each in value]
    if isinstance(value, dict):
        return {name: _walk(each, redact) for name, each in value.items()}
    return value


def _redaction(case: Case) -> Redact:
    """How a text of this run is redacted. The key of the pseudonyms is drawn anew for each export, and forgotten."""
    key = secrets.token_bytes(32)
    histories = [history for history in (case.history, case.control or History()) if len(history)]
    deals = [op for history in histories for op in history.of(DealClosed, DealAmended)]
    signals = (op for history in histories for op in history.of(SignalEvent))
    names = confidential_names(case.contract, deals, signals, case.dead_letters)
    redactor = Redactor((*names, *personal_values(case)), shown=lambda name: _pseudonym(key, name))
    home = str(Path.home())

    def redact(text: str) -> str:
        plain = without_secrets(redactor.masked(text))
        plain = without_personal(plain, lambda kind, value: _pseudonym(key, value, kind.replace(" ", "-")))
        return plain.replace(home, "~") if len(home) > 1 else plain

    return redact


def _pseudonym(key: bytes, name: str, kind: str = "name") -> str:
    return f"{kind}-{hmac.new(key, name.encode(errors='replace'), hashlib.sha256).hexdigest()[:12]}"


def _check_same(before: CheckedRun, after: CheckedRun) -> None:
    if _judged(after) != _judged(before):
        raise GamedayError("the redacted copy would be judged otherwise than the run, so it was not kept")


def _judged(checked: CheckedRun) -> list[Any]:
    """What must be the same of a run and its copy."""
    found = [(verdict.result, len(verdict.orders)) for verdict in checked.verdicts]
    card = checked.scorecard
    return [checked.result, found, card.states, card.unreported, card.detection.points, card.recovery.points]
