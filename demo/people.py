"""The clients of the demo: who they are, where they live, how they came."""

import json
from dataclasses import dataclass
from datetime import date, timedelta

from demo.places import Name, Place
from demo.world import BEGIN, END, World, instant
from models import AddressType, ClientInternalType, ClientStatus, RiskLevel

DOMAINS = ["example.com", "example.com", "example.org", "example.net"]
STATUSES = [ClientStatus.ACTIVE] * 86 + [ClientStatus.INACTIVE] * 8 + [ClientStatus.BANNED] * 3 + [ClientStatus.DELETED] * 3
RISKS = [RiskLevel.LOW] * 80 + [RiskLevel.MIDDLE] * 15 + [RiskLevel.HIGH] * 5
LEVELS = [1] * 20 + [2] * 30 + [3] * 50
CAMPAIGNS = [
    json.dumps(
        [{"property": f"utm_{part}", "value": value} for part, value in zip(("source", "medium", "campaign"), words.split(), strict=True)]
    )
    for words in (
        "google cpc brand",
        "google cpc gold-trading",
        "facebook social spring-2026",
        "newsletter email webinar",
        "youtube video first-steps",
        "partner referral ib",
    )
]
TRADES = ["Trading", "Capital", "Holding", "Consulting", "Logistics", "Investments"]
EIGHTEEN = date(2008, 10, 1)  # who was born before is of age in every year of the demo


@dataclass(frozen=True)
class Person:
    """What the other rows of a client depend on."""

    client_id: int
    place: Place
    country_id: int
    corporate: bool
    status: ClientStatus
    level: int
    created: int
    updated: int


def add_person(world: World, client_id: int) -> Person:
    """Clients come one after the other, evenly over the years."""
    random = world.random
    place = random.choice(world.places)
    step = (END - BEGIN) / world.clients
    created = int(BEGIN + (client_id - 1 + random.random() * 0.4) * step)
    status = random.choice(STATUSES)
    level = 1 if status is ClientStatus.INACTIVE else random.choice(LEVELS)
    person = Person(client_id, place, world.countries[place.alpha2], world.often(0.04), status, level, created, world.between(created, END))
    city = add_addresses(world, person)
    phone = add_phones(world, person)
    add_client(world, person, city, phone)
    add_tags(world, person)
    return person


def add_client(world: World, person: Person, city: str, phone: str) -> None:
    random = world.random
    first = random.choice(person.place.women if world.often(0.45) else person.place.men)
    last = random.choice(person.place.surnames)
    company = f"{last.written} {random.choice(TRADES)}" if person.corporate else None
    named = not person.corporate or world.often(0.5)
    silent = person.status is ClientStatus.INACTIVE or world.often(0.05)
    world.add(
        "client",
        person.client_id,
        address_of(world, person, first, last),
        first.written if named else None,
        f"{random.choice('ABCDEFGHJKLMNPRST')}." if named and world.often(0.12) else None,
        last.written if named else None,
        first.roman.title() if world.often(0.15) else None,
        f"{company} {person.place.company}" if company else None,
        company,
        None if person.corporate else birthday(world),
        city,
        person.country_id,
        phone,
        internal_type(world, person).value,
        person.place.locale,
        random.choice([None, 1, 1, 2, 2, 3, 3, 4, 4, 5]),
        random.choice(RISKS).value,
        person.status.value,
        2 if person.corporate else 1,
        person.level,
        random.choice(CAMPAIGNS) if world.often(0.6) else "[]",
        None if silent else instant(world.between(person.created, END)),
        instant(person.created),
        instant(person.updated),
    )


def address_of(world: World, person: Person, first: Name, last: Name) -> str:
    """An e-mail address that cannot exist; the client's number in it keeps it unique."""
    local = world.random.choice([f"{first.roman}.{last.roman}", f"{first.roman[0]}{last.roman}", first.roman])
    return f"{local}{person.client_id}@{world.random.choice(DOMAINS)}"


def birthday(world: World) -> str:
    return (EIGHTEEN - timedelta(days=world.random.randrange(3 * 365, 60 * 365))).isoformat()


def internal_type(world: World, person: Person) -> ClientInternalType:
    if person.corporate:
        return ClientInternalType.B2B
    if world.often(0.02):
        return ClientInternalType.EXCHANGE
    return ClientInternalType.DEMO if person.level == 1 and world.often(0.2) else ClientInternalType.DEFAULT


def add_addresses(world: World, person: Person) -> str:
    """Adds where the client lives, and now and then where bills or letters go; answers the city of residence."""
    kinds = [AddressType.RESIDENTIAL]
    if world.often(0.12):
        kinds.append(world.random.choice([AddressType.BILLING, AddressType.MAILING]))
    cities = []
    for kind in kinds:
        place = person.place.some_address(world.random)
        cities.append(place.city)
        cells = (place.street, place.city, person.country_id, place.postcode, place.state, kind.value)
        world.add("address", world.number("address"), person.client_id, *cells, instant(person.created), instant(person.updated))
    return cities[0]


def add_phones(world: World, person: Person) -> str:
    """Adds the default phone number, which it answers, and now and then a second one."""
    numbers = [person.place.some_phone(world.random)]
    if world.often(0.15):
        numbers.append(person.place.some_phone(world.random))
    for order, number in enumerate(numbers):
        cells = (person.level > 1 and order == 0, order == 0, number, person.place.phone_type)
        world.add("phone_number", world.number("phone_number"), person.client_id, *cells, instant(person.created), instant(person.updated))
    return numbers[0]


def add_tags(world: World, person: Person) -> None:
    for tag in sorted(world.random.sample(range(1, 9), world.random.choice([0, 0, 0, 1, 1, 2, 3]))):
        world.add("client_tag", person.client_id, tag)
