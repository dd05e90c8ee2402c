"""Kinds, one a module; `registry` lists them, `state` holds an observation. Pure."""
