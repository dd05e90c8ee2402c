"""Edits of a text that change some values (`edits`), or only the order (`format`)."""
