"""``.wslconfig`` of a user."""
