"""The main window around the pages: menus, settings, tour, dialogs and notifications."""
