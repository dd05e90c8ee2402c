"""`/tickets` and `/ticket_types`."""
