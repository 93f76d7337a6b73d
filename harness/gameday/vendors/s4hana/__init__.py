"""What the harness does with S/4HANA beside its fake."""
