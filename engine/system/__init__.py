"""System services: paths, atomic file writes, locks, log, preferences, memory and diagnostics."""
