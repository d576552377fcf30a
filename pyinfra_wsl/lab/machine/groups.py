"""The laptop's own groups, and who is in them; a token has what was so at its logon (Microsoft, "Access tokens")."""

from __future__ import annotations

from dataclasses import dataclass, field

FIRST = 1500
"""The relative identifier of the first group that is made: those of accounts begin at 1001."""


@dataclass(slots=True)
class Group:
    """A local group: its name as written, its SID, the SIDs of its members in the order in which they came."""

    name: str
    sid: str
    comment: str = ""
    members: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Groups:
    """Local groups by lower-case name; the built-in ones are not kept here, `Account.admin` tells who is an administrator."""

    authority: str = "S-1-5-21-0-0-0"
    table: dict[str, Group] = field(default_factory=dict)

    def get(self, name: str) -> Group | None:
        """Return a group, whatever the case of its name."""
        return self.table.get(name.lower())

    def create(self, name: str, comment: str = "") -> Group:
        """Return the group of this name, a new one where there is none."""
        return self.table.setdefault(name.lower(), Group(name, f"{self.authority}-{FIRST + len(self.table)}", comment))

    def add(self, name: str, sid: str) -> bool:
        """Put somebody into a group, which is made where it is missing; returns whether they were not in it."""
        group = self.create(name)
        if sid in group.members:
            return False
        group.members.append(sid)
        return True

    def remove(self, name: str) -> None:
        """Remove a group."""
        self.table.pop(name.lower(), None)

    def of(self, sid: str) -> frozenset[str]:
        """Return the lower-case names of the groups that somebody is in."""
        return frozenset(name for name, group in self.table.items() if sid in group.members)
