"""Answers without the framework: kept ones, and those of one statement."""
