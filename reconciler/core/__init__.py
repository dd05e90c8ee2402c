"""Shared vocabulary of every package: diagnostics, errors and exit codes, codes with advice, contract files, wording.

Imports nothing of the project. `contract` and `git` read files; the rest is pure.
"""
