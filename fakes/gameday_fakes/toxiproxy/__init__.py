"""An embedded Toxiproxy: the HTTP API and the toxics of Shopify's toxiproxy-server 2.12, in one Python process.

``python -m gameday_fakes.toxiproxy --json`` starts it. It stands in where no real server is to be had; one
conformance suite (tests/network) runs against both. The semantics follow the real one's source
(https://github.com/Shopify/toxiproxy, the folders ``toxics`` and ``stream``, ``link.go``, ``api.go``).

Known deviations, all of them deliberate:

* A half-close is carried through. The real one closes the whole connection as soon as one side ends, and
  the answer to a client that ended its request with a FIN is lost.
* An address to listen on without a host means loopback, not every interface.
* A ``reset_peer`` resets only what it strikes: with a toxicity below one, the real one also resets the
  connections that it spared once they end.
* A ``slicer`` of average size 0 makes pieces of a byte; the real one dies of it.
* No ``/metrics``, no configuration file; proxies show no ``Logger``.
"""
