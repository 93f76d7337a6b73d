"""The repair list of a run, tried in a sandbox and judged again."""
