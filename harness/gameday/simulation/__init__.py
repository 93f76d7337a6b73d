"""A whole run in one process on virtual time: fakes, links and a Python stack that speaks httpx."""
