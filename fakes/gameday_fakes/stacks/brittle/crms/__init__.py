"""The CRMs that the connector speaks, one module for each."""
