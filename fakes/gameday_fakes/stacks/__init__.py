"""Two syncs to practise on, each in its own process and reached only over HTTP.

They are what a customer would have written. They import nothing of the harness or of the fakes and do not know that
they are under test; environment variables point them at their systems (docs/interfaces.md). ``brittle`` is the usual
point-to-point connector. ``durable`` does what the field recommends, and carries the planted bugs.
"""
