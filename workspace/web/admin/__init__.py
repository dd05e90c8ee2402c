"""The admin API, one module per resource; each has a `blueprint`. Plain settings share `settings`."""
