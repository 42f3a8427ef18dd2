"""Theme, icons, and the controls that every page uses."""
