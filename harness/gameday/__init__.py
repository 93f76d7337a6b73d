"""Chaos and game-day harness for CRM-to-ERP syncs.

A scenario lets a workload of business operations flow from a fake CRM through the stack under test to a fake ERP, while
faults are injected. The run leaves a history. Checkers compare the history and the two ledgers and return verdicts; a
scorecard weighs them; a report shows them.
"""

__version__ = "0.1.0"
