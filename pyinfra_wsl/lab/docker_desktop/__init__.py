"""Docker Desktop of a simulated laptop: the app, its settings, its integration into distributions."""
