"""The Settings dialog, and the application of its settings to the pages."""
