"""Formats of files, versions and sizes: bytes in, values out; no pyinfra, no I/O."""
