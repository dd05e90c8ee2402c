"""Effect of a plan: required settings, access impact, projected state, rollback, the homepage before and after."""
