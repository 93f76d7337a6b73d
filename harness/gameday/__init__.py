"""Chaos and game-day harness for CRM-to-ERP syncs.

A scenario makes a workload of business operations flow from a fake CRM through the stack under test to a
fake ERP while faults strike; the run leaves a history; checkers turn the history and the two ledgers into
verdicts; a scorecard weighs them; a report shows them.
"""

__version__ = "0.1.0"
