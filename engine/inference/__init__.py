"""Inference: devices and precision, the PyTorch backend, worker threads, and process groups."""
