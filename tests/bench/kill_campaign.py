"""Kills game days at random moments, in random ways: no fault may be active 5 seconds later.

    python tests/bench/kill_campaign.py [--kills 1000] [--seed 1] [--way "all killed"] [--folder runs/kills]

Nor may a process, an open rollback entry or a guardian be left 5 seconds after the command's end. Shown are how long
faults, and how long anything outlived each kill, with the command itself where it still ends in order. Each kill is a
line of a file in the folder as soon as it is done, so a campaign that was interrupted goes on where it ended; delete
the file to begin anew. The folder of a kill that left something is kept. Exits with 1 if one did.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from support.kills import WAYS, kill, serving

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Do the kills that are missing, and show how long anything outlived them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--way", choices=list(WAYS), default="")
    parser.add_argument("--limit", type=float, default=5.0, help="real seconds (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "kills")
    chosen = parser.parse_args()
    folder: Path = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"kills-{chosen.seed}{chosen.way.replace(' ', '-')}.jsonl"
    known = _known(file)
    try:
        with serving() as servers:
            for number in range(1, chosen.kills + 1):
                if number in known:
                    continue
                place = folder / f"{chosen.seed}-{number}"
                shutil.rmtree(place, ignore_errors=True)
                done = kill(place, servers, chosen.seed, number, way=chosen.way, limit_s=chosen.limit)
                known[number] = {**done, "load": round(os.getloadavg()[0], 1)}
                with file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(known[number]) + "\n")
                spans = f"{done['faults_s']:6.2f} s {done['took_s']:6.2f} s"
                sys.stdout.write(f"{number:5} {done['way']:20} {spans} {done['left'] or ''}\n")
                sys.stdout.flush()
                if not done["left"]:
                    shutil.rmtree(place, ignore_errors=True)
    except KeyboardInterrupt:
        sys.stdout.write("interrupted; the same command goes on from here\n")
        return 130
    sys.stdout.write(table(list(known.values())))
    return 1 if any(each["left"] for each in known.values()) else 0


def table(kills: list[dict[str, Any]]) -> str:
    """One line for each way."""
    by_way: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in kills:
        by_way[each["way"]].append(each)
    lines = ["| Way | Kills | Faults, longest | Anything, longest | Left something |", "|---|---|---|---|---|"]
    for way, mine in sorted(by_way.items()):
        faults_s, longest_s = (max(each[name] for each in mine) for name in ("faults_s", "took_s"))
        left = sum(bool(each["left"]) for each in mine)
        lines.append(f"| {way} | {len(mine)} | {faults_s:.1f} s | {longest_s:.1f} s | {left} |")
    return "\n".join(lines) + "\n"


def _known(file: Path) -> dict[int, dict[str, Any]]:
    """The kills that were done, by number; a line that was cut off is left out."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            each = json.loads(line)
        except ValueError:
            continue
        found[each["number"]] = each
    return found


if __name__ == "__main__":
    sys.exit(main())
