"""System services: folders, atomic file writes, locks, the log, preferences, memory and diagnostics."""
