"""A vendor's workspace behind this one: observed through its API, and written through it where possible.

In: a vendor's API (`intercom/`). Out: settings with the evidence of each value, people mirrored into the tables, events
for drift. `protocol` is the whole interface to a vendor; `capabilities` says for every field of a configuration file
who reads and who writes it; `account` identifies the workspace; `observing` brings observations into the settings,
`knowledge` keeps the evidence of each value; `mirror` brings people into the tables; `tasks` is a person's part;
`doctor` examines the API. Not pure: it calls the vendor and writes the database.
"""
