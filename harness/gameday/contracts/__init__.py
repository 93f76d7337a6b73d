"""Contracts between CRM and ERP: reading them, comparing versions, drafting new ones, the registry of flows."""
