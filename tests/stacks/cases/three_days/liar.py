"""The durable stack with a wrong word on when it is due: twenty minutes later than it is."""

from __future__ import annotations

from gameday_fakes.stacks.durable import skipping

due_in_s = skipping.due_in_s
skipping.due_in_s = lambda stack: (due_in_s(stack) or -1200.0) + 1200.0
skipping.run()
