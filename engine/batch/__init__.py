"""The batch job: planning, names, journal, report."""
