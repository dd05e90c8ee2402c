"""Rules as a form: each condition and group has its fields, and whoever edits one sends the whole tree.

tree     the fields of a form ⇄ a rule as the API speaks it
choices  which attributes there are, and what can be asked of each
caveats  what is likely not meant
preview  whom a rule lets in, and who gains and loses
"""
