"""An OData engine, versions 2 and 4: what a vendor's fake needs to serve entity sets that are given as data.

Sources: "OData Version 4.01. Part 1: Protocol" and "Part 2: URL Conventions", "OData JSON Format Version 4.01" and
"OData Common Schema Definition Language" (docs.oasis-open.org/odata); for version 2 "URI Conventions", "Batch
Processing" and "JSON Format" (www.odata.org/documentation/odata-version-2-0). Each module names its part.

A vendor describes its entity sets (``model``), keeps their records in ``records`` and derives from ``service.Service``,
which answers requests; what is the vendor's own (paths above the service, log-in, rules, error texts) stays in its
folder. Everything below ``service`` is made of functions over plain data and knows no HTTP.

Why filters are read by code of our own: the published parser of OData filters for Python, ``odata-query``, knows
version 4 only, and neither the literals of version 2 (``datetime'...'``, ``12.5M``) nor a limit of depth.

Known deviations and choices:

* Payloads are JSON. Atom, media entities, complex types, ``$apply``, ``$compute``, ``cast`` and ``isof`` are refused.
* Entity types do not derive from each other; each belongs to one entity set.
* ``$ref`` and ``$links`` are read-only; a link changes with the property that it follows, or by ``@odata.bind``.
"""
