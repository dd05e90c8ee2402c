"""Effect of a plan: required settings, access impact, projection, rollback, homepage preview."""
