"""The Gherkin vocabulary, as a pytest plugin: ``pytest -p gameday.steps.plugin my/folder``.

Steps declare, the harness acts: Given and When only fill in a scenario; it runs once, when the first Then asks
for it; every Then is judged and shown, also after one has failed.
"""
