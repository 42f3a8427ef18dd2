"""Evaluate and benchmark jobs, tables, and published results."""
