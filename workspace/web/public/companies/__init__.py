"""`/companies`, and the memberships of people."""
