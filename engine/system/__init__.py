"""The machine under the program: paths, atomic files, locks, log, preferences, memory, diagnostics."""
