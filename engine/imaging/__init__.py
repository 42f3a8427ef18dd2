"""Image processing with NumPy, OpenCV and Pillow: files, color, resampling, metrics and tiles. No torch, no Qt."""
