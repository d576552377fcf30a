"""The checks: each a function of what was found of a host, which yields lines; none of them asks anything."""
