"""Rules as a form: each condition and group has its fields (`tree`), and an edit sends the whole tree.

`choices` are the attributes and comparisons on offer, `caveats` likely mistakes, `preview` members of a rule, and
people who gain or lose access.
"""
