"""A plan document as one self-contained HTML page: no script, no request, no other file.

elements       HTML with escaped text
page           the whole page: its head, risks, the parts in order, next steps
people         people who gain or lose access, as a picture and in numbers
homepage       the homepage before and after
changes        changes of the plan, and drift
promotion      evidence of a promotion, and differences between environments
circumstances  settings, expectations, guards, simulation, ignore rules
checks         lists of checks
"""
