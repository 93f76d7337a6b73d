"""What the harness does with Dataverse beside its fake."""
