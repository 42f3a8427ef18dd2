"""Pictures as numbers: files, colour, resampling, scores and tiles. NumPy, OpenCV and Pillow; no torch, no Qt."""
