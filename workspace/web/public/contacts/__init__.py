"""`/contacts`: people."""
