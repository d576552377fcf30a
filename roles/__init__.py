"""The roles, in the order in which they are applied; each is a pyinfra deploy that reads like a checklist."""
