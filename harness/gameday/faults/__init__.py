"""The faults, one file each; a file added here is found automatically."""
