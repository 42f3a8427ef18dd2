"""The Settings dialog, and functions that apply its settings to the pages."""
