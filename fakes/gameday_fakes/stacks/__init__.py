"""Two syncs to practise on, each a process of its own, driven only over HTTP.

They are what a customer would have written: they know nothing of the harness, of the fakes or of being under test,
and are pointed at their systems by the environment (docs/interfaces.md). ``brittle`` is the usual point-to-point
connector; ``durable`` is what the field asks for, and carries the bugs that the harness is tried on.
"""
