"""The window around the pages: frame, menus, settings, tour, dialogs, notifications."""
