"""The stack with its state in PostgreSQL, so that several processes share the work.

``port`` takes the CRM's events and starts workers as the backlog grows, ``worker`` settles deals, ``cluster`` runs a
PostgreSQL of the stack's own. Each deal that falls due is a job of Procrastinate, under a lock of its own, so one
worker at a time has it; a worker that dies or stalls loses its jobs to the others.
"""
