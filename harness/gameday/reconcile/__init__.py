"""Reconciles exports of a CRM and an ERP, such as every night: by count, total, id and every mapped field.

What is wrong is decided by the judge of runs (``gameday.analysis``). Above a size, DuckDB first finds the deals whose
rows are not the same in both exports, and only those are judged.
"""
