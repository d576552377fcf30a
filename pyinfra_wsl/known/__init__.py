"""What is known of errors: one table, of which runs, the doctor and explanations tell.

Pure but for reading its own data, and that only when an error is to be told: a run without one, and no command, waits for it.
"""
