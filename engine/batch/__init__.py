"""Batch jobs: planning, file names, the journal, and the report."""
