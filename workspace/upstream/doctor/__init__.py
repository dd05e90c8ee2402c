"""A shareable examination of a vendor's API: usable parts, and shapes of answers: names and types, never a value."""
