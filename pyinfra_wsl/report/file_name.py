"""What a host's file of results is called; apart from what makes results, which takes long to load."""

from __future__ import annotations


def of(host: str) -> str:
    """Return the name of a host's file, without its ending."""
    return host.replace("/", "_")
