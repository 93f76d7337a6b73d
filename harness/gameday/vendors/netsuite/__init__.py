"""NetSuite: drafts and organisations from its metadata catalogue, and corrections by its REST record API."""
