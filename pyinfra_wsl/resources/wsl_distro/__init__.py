"""WSL distributions."""
