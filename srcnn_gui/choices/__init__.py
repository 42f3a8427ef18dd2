"""Menus, dialogs and texts that several pages share, for choosing a model, scale factor, size or file."""
