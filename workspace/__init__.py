"""A workspace to reconcile: its settings, people and tickets on a real database, behind a WSGI application.

The packages from the bottom up. Each imports only from those above it (`make lint` holds that).

    core         errors, clock, case folding, data files, request validation
    database     tables, migrations, engine, transactions
    rules        audience rules: model, evaluation, SQL
    writes       one admin write: revisions, steps, leases, receipts, audit log
    people       contacts, companies, memberships, attributes
    settings     what can be set: kinds, first values, required settings, the whole configuration in one read
    access       the one answer to who may open the portal and which tickets they see
    seed         a first filling: a file, or made-up people
    identity     tokens, signing secrets, sessions
    portal       tickets and articles as customers see them
    web          the WSGI application: admin API, public REST API, pages
    serve        the two ways to run it: inside the process, or on a port

It never imports `reconciler`, nor the other way round: the admin API in `schemas/` is all they share.
"""
