"""Values × JSON Schema → diagnostics in words."""
