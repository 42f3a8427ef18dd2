"""Training: request, patches, optimizer, checkpoints and runs."""
