"""Image folders, and downloads of the published image sets."""
