"""Intercom behind a workspace.

`api` calls it and `answers` reads what it says, `paging` walks its lists, `reads` and `writes` are settings, `people`
is the directory, `grants` who may read whose tickets, `activity` the log, `audience` rules as rows, `screens`
what a person does there; `capabilities.toml` is facts as data. Nobody has run any of this against the real service yet:
the facts are from the vendor's published description and articles, and from recorded answers.
"""
