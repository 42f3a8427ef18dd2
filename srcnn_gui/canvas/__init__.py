"""The image view: panes under one zoom and pan."""
