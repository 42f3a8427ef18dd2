"""Menus, dialogs and texts for settings that several pages share: model, scale factor, size, file."""
