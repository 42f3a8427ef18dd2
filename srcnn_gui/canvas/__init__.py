"""Image view with two panes that are zoomed and panned together."""
