"""Rules as a form: each condition and group has its fields, and an edit sends the whole tree.

tree     the fields of a form ⇄ a rule of the API
choices  the attributes and comparisons on offer
caveats  likely mistakes
preview  members of a rule, and people who gain or lose access
"""
