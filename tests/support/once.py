"""A folder that takes a game day to make is made once for all workers of a suite, by the first that asks for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import filelock
import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder ``name``, which ``make`` has filled. All workers read it: who changes something takes a copy.

    Whoever asks while it is made waits. If it cannot be made, the next one tries for itself.
    """
    # A worker's folder lies in that of the suite.
    # https://pytest-xdist.readthedocs.io/en/stable/how-to.html#making-session-scoped-fixtures-execute-only-once
    suite = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    whole = suite / f"once-{name}"
    with filelock.FileLock(f"{whole}.lock"):
        if not whole.exists():
            whole.mkdir()
            try:
                make(whole)
            except BaseException:
                shutil.rmtree(whole)
                raise
    return whole
