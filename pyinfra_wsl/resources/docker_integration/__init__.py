"""Docker Desktop's WSL integration."""
