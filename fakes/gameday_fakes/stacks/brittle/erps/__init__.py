"""The ERPs that the connector speaks, one module for each."""
