"""A look at a vendor's API that can be sent to others: what works, what is missing, and the shapes of its answers.

In: ways to call the API. Out: checks and shapes; a shape is field names and types, never a value. Reads only.
"""
