"""What interrupts a process beside Ctrl-C: the end of its parent, and a terminal that closes.

It imports little, because every command does it first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_PARENT_POLL_S = 0.5


def interrupt_with_parent(parent: int) -> None:
    """Interrupt this process (SIGINT) when its parent ends, however that ends.

    On Linux the kernel does it: prctl(2), PR_SET_PDEATHSIG. Elsewhere a thread looks often enough.
    """
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
    else:
        threading.Thread(target=_interrupt_without, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGINT)


def _interrupt_without(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_POLL_S)
    os.kill(os.getpid(), signal.SIGINT)


def interrupt(*_: object) -> None:
    """Do what Ctrl-C does, as the handler of another signal; also where Ctrl-C is ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell makes what it starts in the background ignore Ctrl-C.
        raise KeyboardInterrupt
    signal.raise_signal(signal.SIGINT)


def hang_up_is_interrupt() -> None:
    """Let SIGHUP, as when a terminal closes, do what Ctrl-C does; under nohup it stays ignored. Main thread only.

    What is written to the terminal afterwards goes nowhere, so that no error about it comes between.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return
    terminals = [descriptor for descriptor in (1, 2) if os.isatty(descriptor)]

    def hung_up(*_: object) -> None:
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            for descriptor in terminals:
                os.dup2(nowhere, descriptor)
            os.close(nowhere)
        interrupt()

    signal.signal(signal.SIGHUP, hung_up)
