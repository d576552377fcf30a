"""Cases of `pyinfra_wsl.core`, and what they have in common."""
