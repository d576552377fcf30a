"""Docker Engine on a Linux host."""
