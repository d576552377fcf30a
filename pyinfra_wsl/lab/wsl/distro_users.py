"""Users and groups of a distribution: ``/etc/passwd``, ``/etc/group``, and what useradd writes into them."""

from __future__ import annotations

from dataclasses import dataclass

from pyinfra_wsl.lab.wsl.distro import Identity, Tree

FIRST_UID = 1000
"""Where useradd begins (UID_MIN of /etc/login.defs, passwd(5))."""


@dataclass(frozen=True, slots=True)
class User:
    """A line of ``/etc/passwd``."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    line: str


def users(tree: Tree) -> list[User]:
    """Return the users in the order of the file."""
    found = []
    for line in _lines(tree, "/etc/passwd"):
        part = line.split(":")
        if len(part) == 7 and part[2].isdigit() and part[3].isdigit():
            found.append(User(part[0], int(part[2]), int(part[3]), part[5], part[6], line))
    return found


def by_name(tree: Tree, name: str) -> User | None:
    """Return a user by name, as getpwnam does."""
    return next((user for user in users(tree) if user.name == name), None)


def by_uid(tree: Tree, uid: int) -> User | None:
    """Return the first user of a number, as getpwuid does."""
    return next((user for user in users(tree) if user.uid == uid), None)


def groups(tree: Tree) -> dict[str, tuple[int, list[str]]]:
    """Return group name → (gid, members)."""
    found = {}
    for line in _lines(tree, "/etc/group"):
        part = line.split(":")
        if len(part) == 4 and part[2].isdigit():
            found[part[0]] = (int(part[2]), [name for name in part[3].split(",") if name])
    return found


def identity(tree: Tree, user: User | None) -> Identity:
    """Return the rights of a user: own group and the groups that name them."""
    if user is None or user.uid == 0:
        return Identity()
    return Identity(user.uid, frozenset({user.gid} | {gid for gid, members in groups(tree).values() if user.name in members}))


def add_user(tree: Tree, name: str, shell: str, *, home: bool) -> User:
    """Append a user with a group of the same name, as ``useradd`` of Debian does (USERGROUPS_ENAB)."""
    taken = {user.uid for user in users(tree)} | {gid for gid, _ in groups(tree).values()}
    uid = next(number for number in range(FIRST_UID, 60000) if number not in taken)
    line = f"{name}:x:{uid}:{uid}::/home/{name}:{shell}"
    _append(tree, "/etc/passwd", line)
    _append(tree, "/etc/group", f"{name}:x:{uid}:")
    if home:
        tree.make(f"/home/{name}", Identity(0))
        folder = tree.find(f"/home/{name}")
        if folder is not None:
            folder.uid = folder.gid = uid
    return User(name, uid, uid, f"/home/{name}", shell, line)


def add_group(tree: Tree, name: str, member: str) -> None:
    """Make a group if there is none, and put a user into it."""
    known = groups(tree)
    if name not in known:
        gid = next(number for number in range(999, 100, -1) if number not in {gid for gid, _ in known.values()})
        _append(tree, "/etc/group", f"{name}:x:{gid}:{member}")
        return
    gid, members = known[name]
    if member and member not in members:
        lines = [line for line in _lines(tree, "/etc/group") if not line.startswith(f"{name}:")]
        lines.append(f"{name}:x:{gid}:{','.join([*members, member])}")
        tree.write("/etc/group", ("\n".join(lines) + "\n").encode())


def _lines(tree: Tree, path: str) -> list[str]:
    entry = tree.find(path)
    return entry.data.decode("utf-8", "replace").splitlines() if entry else []


def _append(tree: Tree, path: str, line: str) -> None:
    tree.write(path, ("\n".join([*_lines(tree, path), line]) + "\n").encode())
