"""Image files in folders, and downloads of the published image sets and official weights."""
