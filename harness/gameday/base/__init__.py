"""What every other part stands on: errors, registries, durations, money, processes; nothing of the domain."""
