"""Inference with PyTorch: selection of devices and precision, the backend, worker threads, and process groups."""
