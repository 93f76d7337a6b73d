"""Acme's vendors, faults, checks and deals for gameday, and Acme's sync between Salesforce and its ERP."""
