"""The window over the engine: widgets show, presenters decide, the engine knows."""
