"""Drafts contracts from a vendor's metadata, or from sample records.

A draft is a starting point. Comments in it mark what was guessed and what only people can know.
"""
