"""What a laptop holds, to compare before and after."""

import hashlib


def everything(machine):
    """Return all of a laptop that lasts: files, registry, features; without what every connection or clock leaves there."""
    files = {node.path: node.sha256 for node in _files(machine.files) if not node.folder}
    registry = {
        path: dict(machine.registry.values(path))
        for hive in ("HKLM", "HKU")
        for path in machine.registry.walk(hive)
        if "Volatile Environment" not in path
    }
    features = {feature.name: feature.state for feature in machine.features.table.values()}
    return {"files": files, "registry": registry, "features": features, "boots": machine.boot_count}


def _files(files):
    todo = list(files.roots.values())
    while todo:
        node = todo.pop()
        yield node
        todo += list((node.children or {}).values())


def digest(data):
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()
