"""Audience rules: model, evaluation in Python, and the one translation to SQL."""
