"""Evaluation of models on test sets: jobs, tables and published scores."""
