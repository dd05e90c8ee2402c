"""Who may open the portal and which tickets they see: the one answer for pages, checks, plans and explanations."""
