"""The CRMs that the stack speaks: a client and a mapping for each, named after the vendor."""
