"""pyinfra facts; those of Windows are views on one snapshot of the laptop."""
