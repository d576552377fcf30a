"""``.wslconfig`` and ``wsl.conf``: read as WSL reads them, changed so that everything else stays."""
