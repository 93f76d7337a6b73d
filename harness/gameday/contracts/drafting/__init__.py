"""Drafts contracts: from what a vendor says of its objects, or from samples of them.

A draft is a beginning. What was guessed and what only people can know is marked in it by comments.
"""
