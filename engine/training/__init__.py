"""Training: training patches, the training job, checkpoints, and the runs on this computer."""
