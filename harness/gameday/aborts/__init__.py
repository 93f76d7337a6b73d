"""The kinds of abort conditions, one file each."""
