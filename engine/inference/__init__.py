"""Inference with PyTorch: device and precision, the backend, worker threads, process groups."""
