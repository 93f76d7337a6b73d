"""An embedded Toxiproxy: the HTTP API and the toxics of Shopify's toxiproxy-server 2.12, in one Python process.

``python -m gameday_fakes.toxiproxy --json`` starts it. It is used where no real server is available; one
conformance suite (tests/network) runs against both. The semantics follow the real one's source
(https://github.com/Shopify/toxiproxy, the folders ``toxics`` and ``stream``, ``link.go``, ``api.go``).

Known deviations, all of them deliberate:

* A half-close is passed on. The real one closes the whole connection as soon as one side ends, and
  the reply to a client that ended its request with a FIN is lost.
* An address to listen on without a host means loopback, not every interface.
* A ``reset_peer`` resets only the connections that it affects: with a toxicity below 1, the real one also resets
  the others when they end.
* A ``slicer`` of average size 0 makes pieces of one byte; the real one crashes.
* No ``/metrics``, no configuration file; proxies show no ``Logger``.
"""
