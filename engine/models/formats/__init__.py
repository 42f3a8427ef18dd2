"""File formats of other programs for weights."""
