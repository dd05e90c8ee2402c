"""The same text with other values in some places (`edits`), or in the usual order (`format`)."""
