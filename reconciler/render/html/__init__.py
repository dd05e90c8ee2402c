"""A plan document as one self-contained HTML page: no script, no request, no other file. Pure.

`page` puts the parts in order, made of `elements` (HTML with escaped text): `people` who gain or lose access,
`homepage` before and after, `changes` and drift, `promotion`, `checks`, and `circumstances` (settings, expectations,
guards, simulation, ignore rules).
"""
