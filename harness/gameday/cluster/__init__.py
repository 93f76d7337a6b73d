"""Scenarios on the workers of a Dask cluster: what is sent, what a worker does with it, and what comes back.

Dask schedules, moves a lost worker's tasks elsewhere and encrypts; only ``connection``, ``dask_workers`` and
``dask_tasks`` know of it.
"""
