"""Intercom behind a workspace.

`api` calls it and `answers` reads its answers, `paging` walks its lists, `reads` and `writes` are settings, `people`
is the directory, `grants` the right to read companies' tickets, `activity` the log, `audience` rules as rows, `screens`
a person's part there; `capabilities.toml` is facts as data. None of this has run against the real service yet:
the facts are from the vendor's published description and articles, and from recorded answers.
"""
