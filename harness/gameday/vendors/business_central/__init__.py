"""What the harness does with Business Central beside its fake."""
