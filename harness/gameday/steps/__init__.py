"""The Gherkin vocabulary, as a pytest plugin: ``pytest -p gameday.steps.plugin my/folder``.

Steps declare, the harness acts: Given, When and Then only fill in a scenario. It runs once, when the first Then is
reached; every Then is judged and shown, also after one has failed. Add ``-p gameday.commands.rendering`` for reports.
"""
