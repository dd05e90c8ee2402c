"""A first configuration file, and the workflows of a team."""
