"""Feeds mutated input to every reader and every wire: each answers, in one line, in bounded time and memory.

``python -m fuzz`` runs for as long as it is asked to; ``test_fuzz.py`` is a small sample of it.
"""
