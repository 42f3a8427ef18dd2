"""What several pages let the user choose: model, scale, size, file."""
