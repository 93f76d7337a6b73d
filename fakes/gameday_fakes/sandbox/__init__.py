"""Real sandbox tenants in place of fakes: the guard, the connections, and what drives a tenant through its own API.

A tenant is written to only after it has proved on the same connection that it is a sandbox (``proved.py``); what it
has to answer is the vendor's (``tenant_proof.py`` in its folder). ``proxy.py`` is the fake that stands before a tenant:
the vendor's URL table, faults and errors as ever, and every request that no fault refuses is carried out by the tenant.
"""
