"""The pages of a workspace that a vendor is behind: what is known, and what a person has to do there."""
