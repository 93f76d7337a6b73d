"""What holds for all tests."""

from __future__ import annotations

import gc
import signal

# A shell has what it starts in the background ignore Ctrl-C, and whatever is started from there inherits that: the
# tests that interrupt a command would wait in vain.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What was collected stays to the end: garbage is not looked for in it again and again."""
    gc.collect()
    gc.freeze()
