"""The pages of the window, one package each. Pages do not import each other."""
