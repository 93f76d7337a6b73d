"""What may happen to won deals, one file each; a file added here is found automatically."""
