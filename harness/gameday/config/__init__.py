"""Settings: gameday.toml, the stacks' tables, where features are, what a stack may reach."""
