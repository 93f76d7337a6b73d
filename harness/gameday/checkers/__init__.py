"""The checkers, one file each; a file added here is registered automatically."""
