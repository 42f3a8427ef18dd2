"""Choices that several pages share: model, scale factor, size, file."""
