"""Checks across values: each is possible alone, and their combination is wrong.

Every check takes a document that the schema may have refused, and checks its sound parts.
"""
