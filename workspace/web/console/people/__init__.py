"""People and companies: their attributes, their tickets, and the reasons for their access."""
