"""The workloads, one file each; a file added here is found automatically."""
