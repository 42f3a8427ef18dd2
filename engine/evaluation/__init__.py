"""Evaluation of models on test sets: evaluation jobs, tables of scores, and published scores."""
