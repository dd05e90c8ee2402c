"""The caller, admin tokens, and the signing secrets for end users."""
