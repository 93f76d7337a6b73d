"""The sync that a CRM-to-ERP flow needs: each won deal becomes exactly one correct order, or its owner is alerted.

``sync.yaml`` declares the policy, ``compose`` puts the parts together. A deal passes through ``inbox`` (on disk before
the acknowledgement), ``engine`` (re-reads it in batches, with bounded concurrency), ``contract`` (does the record have
the fields that the flow needs?), ``pricing`` (would the ERP accept the price?), ``orders`` (one order under the deal's
key, one invoice) and ``writeback``. Every error becomes a ``Trouble``; the route of its reason decides what follows.
"""
