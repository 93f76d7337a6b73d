"""Recomputes the figures of a run from its records, without any code of the harness: a second opinion on the judge.

    python -m recompute RUN [RUN ...]     run folders, or folders of them

It reads scenario, contract, rates, history, ledgers and dead letters of a run, computes every figure by the rules of
docs/scoring.md, and compares with scorecard.json and results.json. Standard library only.
"""
