"""What the harness does with HubSpot beside its fake."""
