"""The tree of partners as far as a batch touches it, and what each record in turn may add to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Branch:
    """The place of a partner: a client in a program; None for what is not known."""

    client_id: int | None
    program_id: int | None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a record asks for: that the client hangs under the branch or, without one, that the branch is there."""

    branch: Branch
    client_id: int | None


@dataclass(slots=True)
class Tree:
    """Partners by their place, None for one that has no number yet, and the place under which each client hangs."""

    partners: dict[Branch, int | None] = field(default_factory=dict)
    parents: dict[int, Branch] = field(default_factory=dict)

    def faults(self, wish: Wish) -> list[str]:
        """Why the tree does not take what a record asks for, as far as that is known."""
        client_id, branch = wish.client_id, wish.branch
        if client_id is None or branch.client_id is None:
            return []
        if client_id == branch.client_id:
            return ["self"]
        parent = self.parents.get(client_id)
        if parent == branch:
            return []
        referred = parent is not None and branch.program_id is not None
        ring = client_id in self._above(branch.client_id)
        return ["referred"] * referred + ["ring"] * ring

    def has(self, wish: Wish) -> bool:
        """Whether nothing would be added."""
        return wish.branch in self.partners if wish.client_id is None else self.parents.get(wish.client_id) == wish.branch

    def add(self, wish: Wish) -> bool:
        """Adds what is missing; answers whether that was a partner, too."""
        if wish.client_id is not None:
            self.parents[wish.client_id] = wish.branch
        is_new = wish.branch not in self.partners
        self.partners.setdefault(wish.branch, None)
        return is_new

    def _above(self, client_id: int) -> Iterator[int]:
        while (parent := self.parents.get(client_id)) and parent.client_id is not None:
            client_id = parent.client_id
            yield client_id
