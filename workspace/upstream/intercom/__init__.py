"""Intercom behind a workspace. None of this has run against the real service yet.

`api` calls it and `answers` reads its answers, `paging` walks its lists, `reads` and `writes` are settings, `people`
is the directory, `grants` the right to read companies' tickets, `activity` the log, `audience` rules as rows, `screens`
a person's part; `capabilities.toml` is facts: from the vendor's description and articles, and from recorded answers.
"""
