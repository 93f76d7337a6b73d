"""The library that gives a process a clock of its own: compiled once from C with the machine's compiler, and kept.

The package has no binaries, so that what is loaded into a stack can be read: ``stack_clock.c``, beside this file.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gameday.base.errors import GamedayError
from gameday_fakes.clock import WallClock

SOURCE = Path(__file__).with_name("stack_clock.c")
HEADER = Path(__file__).with_name("stack_clock_page.h")
COMPILERS = ("cc", "gcc", "clang")
#: What makes a library of it. Without fortification, whose names stand for some of the functions that it defines.
OPTIONS = ("-std=gnu11", "-O2", "-fPIC", "-shared", "-U_FORTIFY_SOURCE")
LIBRARIES = ("-ldl", "-lpthread")
INSTALL = "apt-get install gcc libc6-dev"
COMPILE_TIMEOUT_S = 120.0
#: How the library's file begins: so it is recognised among what a process has loaded.
PREFIX = "gameday-clock-"
#: The variable from which the library reads the clock (stack_clock.c).
CLOCK_VARIABLE = "GAMEDAY_CLOCK"
#: The variable that names the page by which a run skips ahead (gameday.run.clock_page).
PAGE_VARIABLE = "GAMEDAY_CLOCK_PAGE"
PRELOAD_VARIABLE = "LD_PRELOAD"


def cache_folder() -> Path:
    """Where compiled libraries and the results of probes are kept, as the XDG base directories say."""
    base = os.environ.get("XDG_CACHE_HOME") or ""
    # A relative path is to be ignored.
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "gameday"


@functools.cache
def compiled_library() -> Path:
    """The library, compiled if this is the first time. Raises GamedayError that says what to install."""
    if sys.platform != "linux":
        raise GamedayError(f"no stack can be accelerated on {sys.platform}", hint="its clock is made for Linux")
    source = SOURCE.read_bytes() + HEADER.read_bytes()
    mark = hashlib.sha256(source + " ".join((*OPTIONS, platform.machine(), *platform.libc_ver())).encode())
    folder = cache_folder()
    library = folder / f"{PREFIX}{mark.hexdigest()[:16]}.so"
    if library.is_file():
        return library
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise GamedayError("a stack's clock needs a C compiler, and there is none", hint=INSTALL)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            made = Path(temporary) / library.name
            _compile(compiler, made)
            # Moved into place whole: another process may be about to load it.
            made.replace(library)
    except OSError as problem:
        raise GamedayError(f"cannot write the stack's clock to {folder}: {problem.strerror}") from None
    return library


def _compile(compiler: str, made: Path) -> None:
    command = [compiler, *OPTIONS, "-o", str(made), str(SOURCE), *LIBRARIES]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise GamedayError(f"{compiler} did not compile the stack's clock in {COMPILE_TIMEOUT_S:g} s") from None
    if done.returncode != 0:
        first = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip())[:300]
        raise GamedayError(f"{compiler} could not compile the stack's clock: {first}", hint=INSTALL)


def clock_environment(
    clock: WallClock | None, environment: Mapping[str, str], page: Path | None = None
) -> dict[str, str]:
    """The variables that put a process on a clock: none for the machine's own. Raises GamedayError.

    With a ``page`` it follows when the run skips ahead.

    What is preloaded already stays. Nothing counts from the start of the process, so two that are started apart agree,
    and one that was killed goes on at the present.
    """
    if clock is None:
        return {}
    library = str(compiled_library())
    before = environment.get(PRELOAD_VARIABLE, "")
    return {
        CLOCK_VARIABLE: f"{round(clock.origin_s * 1e9)}:{round(clock.epoch_s * 1e9)}:{clock.rate:.9f}",
        PRELOAD_VARIABLE: f"{library}:{before}" if before else library,
        **({PAGE_VARIABLE: str(page.resolve())} if page is not None else {}),
    }
