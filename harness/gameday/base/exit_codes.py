"""How a process ended, in words."""

from __future__ import annotations

import signal


def ending(code: int) -> str:
    """An exit code, negative for the signal that ended the process, in words.

    >>> ending(1), ending(-9), ending(-99)
    ('exit code 1', 'signal SIGKILL', 'signal 99')
    """
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
