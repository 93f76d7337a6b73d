"""The pre-deploy replay gate: recent records against a change, before it ships."""
