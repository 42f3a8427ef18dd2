"""The image view: panes that share one zoom and pan."""
