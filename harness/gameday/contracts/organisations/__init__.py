"""Organisations made from what vendors say about theirs: describes, sfdx projects, metadata catalogues, contracts."""
