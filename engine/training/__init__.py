"""The training job: request, patches, optimizer, checkpoints, runs."""
