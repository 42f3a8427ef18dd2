"""Codecs: read and write image files in all supported formats."""
