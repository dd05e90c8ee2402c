"""Reading, checking and laying out the configuration."""
