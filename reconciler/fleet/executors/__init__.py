"""Work in parts on threads, processes or the workers of a Dask cluster."""
