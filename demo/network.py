"""The introducing brokers of the demo: six clients in a hundred, in a tree of three levels, and the clients they attracted."""

from demo.people import Person
from demo.world import World, instant

MINUTE = 60
# Every tenth of the first clients is a partner. Six partners make a group: one at the top, two below, three at the bottom.
LEVEL = [1, 2, 2, 3, 3, 3]


def partners(clients: int) -> int:
    """How many there are among so many clients; they are among the earliest, so that they have clients to attract."""
    return clients * 6 // 100


def add_partner(world: World, person: Person) -> None:
    """Makes a partner of every tenth client, until there are enough."""
    number, rest = divmod(person.client_id, 10)
    if rest or number > partners(world.clients):
        return
    level = LEVEL[(number - 1) % 6]
    if level > 1:
        add_referral(world, person, parent(world, number, level))
    # Soon enough to have joined before the next client comes, even among a hundred thousand.
    joined = person.created + world.random.randrange(1, 6) * MINUTE
    world.add("ib_partner", number, person.client_id, 2 if level == 1 else 1, f"IB{number:05}", world.often(0.93), instant(joined))


def parent(world: World, number: int, level: int) -> int:
    """A partner of the level above, of the same group or an earlier one."""
    group = world.random.randrange((number - 1) // 6 + 1)
    return group * 6 + (1 if level == 2 else world.random.choice([2, 3]))


def add_client_of_a_partner(world: World, person: Person) -> None:
    """Most clients who are no partners were attracted by one who had joined before; the oldest attracted most."""
    joined = min((person.client_id - 1) // 10, partners(world.clients))
    is_partner = person.client_id % 10 == 0 and person.client_id // 10 <= partners(world.clients)
    if joined and not is_partner and world.often(0.85):
        add_referral(world, person, int(joined * world.random.random() ** 2) + 1)


def add_referral(world: World, person: Person, partner: int) -> None:
    world.add("ib_referral", world.number("ib_referral"), partner, person.client_id, instant(person.created))
