"""Folders of images, and downloads of the published image sets."""
