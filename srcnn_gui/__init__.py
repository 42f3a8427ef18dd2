"""Desktop window of SRCNN Studio: views that display state, and presenters that call the engine."""
