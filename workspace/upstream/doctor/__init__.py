"""A shareable examination of a vendor's API: usable and missing parts, and the shapes of its answers.

In: ways to call the API. Out: checks and shapes; a shape is field names and types, never a value. Reads only.
"""
