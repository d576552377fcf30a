"""WSL as its source says: registrations, the VM, distributions and their files, the package."""
