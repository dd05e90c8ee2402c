"""Desired × live × recorded → plan → document. Pure: no client, no clock, no files.

In order: `compare` (field changes and their origins), `effect` (what access becomes), `ordering` (never wider in
between), `checks` (guards, expectations, preflight), `model` (the plan), `document` (its versioned form), `undo`.
"""
