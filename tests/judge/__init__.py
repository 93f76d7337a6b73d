"""The judge's own proof: passing runs are changed in one place at a time, and each change must lower the judgement.

``python -m judge`` is the command (``make judge``), docs/judge.md is its result. ``values`` changes one value;
``ledgers``, ``events`` and ``signals`` say what of a case is changed; ``rules`` says which changes are out of scope and
why; ``survivors.csv`` lists the changes that the judge does not see yet.
"""
