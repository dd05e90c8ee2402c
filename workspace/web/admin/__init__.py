"""The admin API, a module or a package for each part of it; each module has a `blueprint`."""
