"""Shared menus, dialogs and texts for choosing a model, scale factor, size or file."""
