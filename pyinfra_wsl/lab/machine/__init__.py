"""A simulated Windows: registry, files, features, accounts, processes, and the text that its programs print."""
