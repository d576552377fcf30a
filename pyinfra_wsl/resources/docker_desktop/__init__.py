"""Docker Desktop on Windows: installed, set up, and run for the person whose laptop it is."""
