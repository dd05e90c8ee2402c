"""`portal.yaml` ↔ desired state.

Bytes → `yaml` (nodes with positions) → `schema` (diagnostics) → `environments` (overrides) → `checks` (what takes two
places to see) → `desired` (frozen). `validate` runs them in order; `edit` changes values in the text and nothing else.
"""
