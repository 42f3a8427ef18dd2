"""Running a model: backends, devices, precision, worker threads, processes."""
