"""Between Qt and the engine: tasks on threads, stored settings, translations, crash handling."""
