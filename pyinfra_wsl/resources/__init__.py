"""The resources: each folder is one, declared in its ``resource.py``; found, never listed."""
