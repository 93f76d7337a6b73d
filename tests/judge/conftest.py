"""What the tests of the judge's proof share."""

from __future__ import annotations

from hypothesis import settings

# As in tests/harness: the machine is shared, and a test that passed once shall pass again.
settings.register_profile("judge", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("judge")
