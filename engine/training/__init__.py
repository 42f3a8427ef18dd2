"""Training: patches, the training job, checkpoints, and runs."""
