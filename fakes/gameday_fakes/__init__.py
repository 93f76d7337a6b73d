"""Fake CRM, ERP and operations servers that real vendors' clients accept unmodified.

Nothing in this package imports the harness: the fakes are useful alone (``gameday fakes serve``).
"""
