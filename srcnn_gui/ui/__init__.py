"""Theme, icons, and the widgets that all pages share."""
