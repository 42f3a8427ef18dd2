"""Infrastructure of the window: background tasks, saved settings, translations, crash handling."""
