"""The audience rule language: plain form, tree, wire form, words. Pure.

`model` holds the tree, `attributes` the built-in attributes, `preserve` keeps the layout of a written rule.
"""
