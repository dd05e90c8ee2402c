"""Documents of a forge: results of publishing, and those that builds kept."""
