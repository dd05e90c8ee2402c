"""A plan document as one HTML page that needs nothing else: no script, no request, no other file.

elements       HTML in which text never is more than text
page           the whole page: its head, what is dangerous, the parts in order, how to go on
people         who gains and who loses access, as a picture and in numbers
homepage       the homepage before and after
changes        what would change, and what somebody else changed
promotion      where what is promoted was proven, and how environments will differ
circumstances  settings, expectations, guards, the trial on a sandbox, ignore rules
checks         lists of what holds and what does not
"""
