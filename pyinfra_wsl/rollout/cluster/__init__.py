"""Shards carried out by workers of Dask's distributed: on this machine, or on a cluster. All else works without its extra."""
