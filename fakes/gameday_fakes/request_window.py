"""How many requests are answered within a window of time, as vendors limit them for each user."""

from __future__ import annotations

from collections import deque

WINDOW_S = 300.0


class RequestWindow:
    """The times of the requests in the last five minutes, in scenario seconds."""

    def __init__(self) -> None:
        self._arrived: deque[float] = deque()

    def is_full(self, now_s: float, most: int | None) -> bool:
        """Whether one more request would be one too many; counts it if not. None for any number."""
        if most is None:
            return False
        while self._arrived and self._arrived[0] <= now_s - WINDOW_S:
            self._arrived.popleft()
        if len(self._arrived) >= most:
            return True
        self._arrived.append(now_s)
        return False

    def left_s(self, now_s: float) -> float:
        """For how long a window that is full stays so."""
        return max(0.0, self._arrived[0] + WINDOW_S - now_s) if self._arrived else 0.0

    def clear(self) -> None:
        """Forget all requests."""
        self._arrived.clear()
