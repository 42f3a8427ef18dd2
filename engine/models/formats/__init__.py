"""Weights in formats of other programs."""
