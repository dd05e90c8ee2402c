"""Forges, where a repository is reviewed: one comment a plan, one issue a drifted environment, reviewed plans.

`client` sends requests, and is the only one that knows HTTP; `github` and `gitlab` speak each forge's API; `publish`
and `reviewed_plan` use them, and are the same for both.
"""
