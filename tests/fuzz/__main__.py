"""Fuzzes every reader and every wire.

    python -m fuzz                               1,000 inputs for each target, with seed 1
    python -m fuzz --examples 100000 --seed 7    more of them, others
    python -m fuzz --only soql --only feature    only the targets whose names hold one of these words
    python -m fuzz --skip feature                all others

Prints a line for each target. Exits with 1 if any input ends in anything but an answer or a mistake in one line, takes
longer than ten seconds, or more than two gigabytes. The same seed tries the same inputs.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

from fuzz import readers, wires
from fuzz.campaign import run
from fuzz.recorded import recorded

MOST_BYTES = 2 * 1024**3


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--examples", type=int, default=1000, help="inputs for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], help="a word of the targets' names; repeatable")
    parser.add_argument("--skip", action="append", default=[], help="the same, of those to leave out")
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    broken = tried = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gameday-fuzz-") as folder:
        targets = {**readers.targets(recorded(Path(folder))), **wires.targets()}
        for name, target in targets.items():
            if (chosen.only and not _holds(name, chosen.only)) or _holds(name, chosen.skip):
                continue
            start = time.monotonic()
            try:
                run(target, examples=chosen.examples, first=chosen.seed)
            except BaseException as problem:
                if isinstance(problem, KeyboardInterrupt):
                    raise
                broken += 1
                say(f"BROKEN {name}: {type(problem).__name__}: {str(problem)[:3000]}")
                say("".join(traceback.format_exception(problem)))
            else:
                say(f"ok     {name}: {chosen.examples:,} inputs, {time.monotonic() - start:.1f} s")
            tried += chosen.examples
    say(f"{tried:,} inputs with seed {chosen.seed} in {time.monotonic() - began:.0f} s; {broken} targets are broken")
    return 1 if broken else 0


def _holds(name: str, words: Iterable[str]) -> bool:
    return any(word.lower() in name.lower() for word in words)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
