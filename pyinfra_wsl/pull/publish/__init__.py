"""The control machine's half: keys, trust, and the bundle that is published."""
