"""A journal of all that is written on a simulated laptop while somebody looks: files, registry, features, tasks, restarts."""

from contextlib import contextmanager

FILES = ("make", "write", "replace", "append", "fill", "move", "remove", "link", "symlink", "hard_link")
REGISTRY = ("create", "set", "remove_value", "remove_tree")


@contextmanager
def journal(machine):
    """Yield a list to which each write adds what it was and where, as ``files.write C:\\…``."""
    written = []
    watched = [(machine.files, "files", name) for name in FILES] + [(machine.registry, "registry", name) for name in REGISTRY]

    def watch(thing, what, name):
        real = getattr(thing, name)

        def noted(path, *rest, **more):
            written.append((f"{what}.{name}", getattr(path, "path", path)))
            return real(path, *rest, **more)

        setattr(thing, name, noted)

    for one in watched:
        watch(*one)
    try:
        yield written
    finally:
        for thing, _what, name in watched:
            delattr(thing, name)
