"""Image processing: files, color, resampling, metrics and tiles.

This package uses NumPy, OpenCV and Pillow, and never imports torch or Qt.
"""
