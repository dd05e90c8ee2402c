"""Documents → text for a terminal."""
