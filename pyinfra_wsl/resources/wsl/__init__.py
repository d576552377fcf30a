"""The WSL package."""
