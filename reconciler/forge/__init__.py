"""Forges: where a repository is reviewed. One comment a plan, one issue an environment that drifted, reviewed plans.

`wire` sends, and is the only one that knows HTTP; `github` and `gitlab` know the words of each forge; `publishing` and
`reviewed` say what is done with them, and are the same for both.
"""
