"""A survey: all hosts of an inventory are looked at in one process, side by side, and nothing of them is changed."""
