"""Docker Desktop on a Linux host."""
