"""Docker Toolbox of old, which is retired."""
