"""What the harness does with Oracle Fusion beside its fake."""
