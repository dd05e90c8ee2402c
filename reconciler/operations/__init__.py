"""One use case a module: each takes a configuration and a target, and gives a document.

Effects through the target only. Nothing here prints.
"""
