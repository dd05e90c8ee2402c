"""A vendor's workspace behind this one: what its API tells is observed here, what it takes is written there.

In: a vendor's API (`intercom/`). Out: settings with how each value is known, people mirrored into the tables, events
for drift. `protocol` is all that the rest knows of a vendor; `capabilities` says for every field of a configuration
file who reads and who writes it; `account` says whose workspace it is; `observing` brings observations into the
settings, `knowledge` keeps how each value is known; `mirror` brings people into the tables; `tasks` is what a person
does; `doctor` says what works of the API. Not pure: it calls the vendor and writes the database.
"""
