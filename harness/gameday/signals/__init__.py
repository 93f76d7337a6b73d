"""The parsers of alerts and tickets, one file each; a file added here is registered automatically."""
