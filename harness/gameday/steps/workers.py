"""What carries out the scenarios of a session: this process, several of this machine, or other machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from gameday.model.settings import Settings
from gameday.steps.outcome import Outcome

OnOutcome = Callable[[Outcome], None]


class Workers(Protocol):
    """Where scenarios run, and how many at a time; a session plans, repeats and decides the same whatever it is."""

    @property
    def at_a_time(self) -> int:
        """How many scenarios run at a time; 0: one, in this process."""
        ...

    @property
    def outstanding(self) -> Sequence[str]:
        """What is still active on other machines because it could not be healed, a line for each."""
        ...

    def alone(self) -> Workers:
        """The same place, one scenario at a time."""
        ...

    def carry_out(self, paths: Sequence[Path], settings: Settings, on_outcome: OnOutcome) -> list[Outcome]:
        """Run, or plan, every scenario that the settings ask for once.

        Calls ``on_outcome`` with each outcome as it comes. Raises GamedayError, or Mistakes with all, if features
        cannot be read or there is no scenario; KeyboardInterrupt when interrupted, with every fault healed.
        """
        ...
