"""The settings pages: each shows one resource or two of the admin API, and writes them with its revision."""
