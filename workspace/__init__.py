"""A workspace to reconcile: its settings, people and tickets on a real database, behind a WSGI application.

tables              what is kept
db                  engine, transactions, migrations, the first filling of an empty database
auth                bearer tokens and their scopes
required_settings   what must hold before a portal may be enabled, over plain facts
store, writes       one settings resource: read, compare, save, log
configuration       what decides whether portals work, in few queries
configurations      the whole configurations of many Help Centers, or of one, in one read
api/                the admin API, one module per resource
rest/               the public REST API, one module per resource
pages/              the Help Center, the portal and the Messenger in a browser
app                 the WSGI application
embedded, server    the two ways to run it: inside the process, or on a port

It never imports `reconciler`, nor the other way round: the admin API in `schemas/` is all they share.
"""
