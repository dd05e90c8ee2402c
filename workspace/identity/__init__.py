"""Authentication: admin tokens, signing secrets, sessions of end users, preview links."""
