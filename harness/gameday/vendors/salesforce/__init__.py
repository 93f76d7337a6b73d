"""Salesforce: drafts, organisations and recordings from what its API says."""
