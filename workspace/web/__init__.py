"""The WSGI application: admin API (`admin`), public REST API (`public`), pages of customers (`pages`)."""
