"""The execution layer that a CRM-to-ERP flow asks for: each deal won becomes one right order, or its owner knows.

What it does is declared in ``sync.yaml``; what it is made of is put together in ``compose``. A deal's way: ``inbox``
(durable before the acknowledgement), ``engine`` (re-reads it in batches, bounded concurrency), ``contract`` (is it
what the flow was built on?), ``pricing`` (would the ERP take the price?), ``orders`` (one order under the deal's key,
one invoice), ``writeback``. What goes wrong becomes a ``Trouble``, and the route of its reason says what follows.
"""
