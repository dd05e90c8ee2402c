"""Use cases, one a module: configuration and target in, document out. Effects through the target only; no output."""
