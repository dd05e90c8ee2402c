"""What is wrong with a file although each of its values is possible: it takes two places to see it.

Every check takes a document that the schema may have refused and says what it can about the parts that are sound.
"""
