"""Executors: threads, processes, or the workers of a Dask cluster."""
