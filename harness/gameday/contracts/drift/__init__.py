"""What the organisation of today does that its contract does not say: found from metadata, without a change in git."""
