"""Desired × live × recorded → plan → document. Pure: no client, no clock, no files.

In order: `compare` (field changes and their origins), `effect` (access after the plan), `ordering` (never wider in
between), `checks` (guards, expectations, preflight), `model` (the plan), `document` (its versioned form), `undo`.
"""
