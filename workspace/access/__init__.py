"""Access to the portal and its tickets: one answer for pages, checks, plans and explanations."""
