"""One restart for all that waits for one."""
