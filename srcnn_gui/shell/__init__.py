"""The main window around the pages, with its menus, dialogs, settings, tour and notifications."""
