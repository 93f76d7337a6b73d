"""General building blocks: errors, registries, durations, money, processes; nothing of the domain."""
