"""People and companies: who they are, which tickets they see, and why they can or cannot open the portal."""
