"""How a rollout is watched: on the screen, by status, metrics, a command that is told, and on the page of a report."""
