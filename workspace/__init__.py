"""A workspace to reconcile: its settings, people and tickets on a real database, behind a WSGI application.

Bottom up; each package imports only from those above it, and none imports `reconciler`: all they share is the admin API
in `schemas/`.

core         errors, clock, case folding, data files, request validation
database     tables, migrations, engine, transactions
rules        audience rules: model, evaluation, SQL
writes       one admin write: revisions, steps, leases, receipts, audit log
people       contacts, companies, memberships, attributes
settings     what can be set: kinds, first values, required settings, the whole configuration in one read
access       the one answer to who may open the portal and which tickets they see
upstream     a vendor's workspace behind this one
identity     tokens, signing secrets, sessions
portal       tickets and articles as customers see them
web          the WSGI application: admin API, public REST API, pages, console
serve        the two ways to run it: inside the process, or on a port; the first filling
"""
