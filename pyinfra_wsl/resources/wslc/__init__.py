"""WSL's containers."""
