"""IMPORT_IBS: partners of IB programs, and the clients whom they attracted.

Whether a record may be written depends on those before it, as each adds to the tree of partners. So the records of a batch are
decided one by one, on what a few queries have brought of the tree.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from importers.actions.action import Action, Finding, Step
from importers.actions.tree import Branch, Tree, Wish
from importers.emails import email_key
from importers.faults import Code
from importers.fields import IMPORT_IBS
from importers.stage import Stage, Staged
from models.clients import Client
from models.imports import ImportAction, OnNoMatch
from models.partners import IbProgram

# Whoever changes the tree of partners holds this lock, or two branches that are added at once could make a ring.
TREE_LOCK = 7_302_029
ALPHABET, CODE = "23456789abcdefghjkmnpqrstuvwxyz", 10  # of referral codes: no letters that are mistaken for others

CLIENTS = """
    select wanted.key, client.client_id
    from unnest($$1::text[]) as wanted (key)
    cross join lateral (
        select client_id from client join $visible_client as seen using (client_id)
        where lower(client.email) collate "C" = wanted.key collate "C" limit 1
    ) as client"""

PROGRAMS = "select ib_program_id from $visible_ib_program as seen"

# A dry run writes nothing to the tree; what it would have written stands in its notes, for the batches that follow.
PARTNERS = """
    select client_id, ib_program_id, ib_partner_id from ib_partner where client_id = any ($$1::int[])
    union all
    select client_id, ib_program_id, null
    from unnest($$1::int[]) as wanted (client_id) cross join $visible_ib_program as program
    cross join lateral (
        select from import_seen where import_run_id = $run and key = 'partner ' || client_id || '/' || ib_program_id limit 1
    ) as note"""

_ABOVE = """
    cross join lateral (
        select ib_referral.client_id, ib_partner.client_id as partner_client_id, ib_partner.ib_program_id
        from ib_referral join ib_partner using (ib_partner_id) where ib_referral.client_id = below.client_id
        union all
        select below.client_id, split_part(meaning, '/', 1)::int, split_part(meaning, '/', 2)::int
        from import_seen where import_run_id = $run and key = 'referral ' || below.client_id
    ) as branch"""

# Who attracted these clients, who attracted those, and so on up.
BRANCHES = f"""
    with recursive lineage (client_id) as (
        select client_id from unnest($$1::int[]) as wanted (client_id)
        union
        select branch.partner_client_id from lineage as below {_ABOVE})
    select branch.* from lineage as below {_ABOVE}"""  # noqa: S608 - constants of ours

SEEN = "select key from import_seen where import_run_id = $run and key = any ($$1::text[])"

NUMBERS = "select nextval('ib_partner_ib_partner_id_seq')::int as number from generate_series(1, $$1::int)"

NOTE_TREE = """
    insert into import_seen (import_run_id, key, meaning)
    select $run, 'partner ' || partner_client_id || '/' || ib_type_id, null from fate where result = 'a'
    union
    select $run, 'referral ' || client_id, partner_client_id || '/' || ib_type_id from fate where result = 'a' and client_id is not null
    on conflict do nothing"""

NOTE_ADDED = """
    insert into import_seen (import_run_id, key) select $run, key from fate where result = 'a' order by key on conflict do nothing"""

ADD_PARTNERS = """
    insert into ib_partner (ib_partner_id, client_id, ib_program_id, referral_code, import_run_id)
    select row_id, partner_client_id, ib_type_id, referral_code, $run from fate where referral_code is not null order by record"""

ADD_REFERRALS = """
    insert into ib_referral (ib_partner_id, client_id, import_run_id)
    select row_id, client_id, $run from fate where result = 'a' and client_id is not null order by record"""


class Record(NamedTuple):
    """A row of `stage`."""

    number: int
    key: str | None
    faulty: bool
    again: bool
    ib_email: str | None
    client_email: str | None
    ib_type_id: int | None


@dataclass(slots=True)
class Decision:
    """What becomes of a record, and what it asked for."""

    record: Record
    wish: Wish
    faults: list[str]
    result: str = "e"
    adds_partner: bool = False

    def row(self, tree: Tree) -> tuple[object, ...]:
        """A row of `fate`."""
        partner = None if self.result == "e" else tree.partners.get(self.wish.branch)
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE)) if self.adds_partner else None
        return (*self.record, partner, self.result, self.faults, self.wish.branch.client_id, self.wish.client_id, code)


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of what a batch names."""

    clients: dict[str, int]
    programs: set[int]
    keys: set[str]
    tree: Tree

    def decide(self, record: Record, *, create: bool) -> Decision:
        """Decides on a record, and adds to the tree what it adds."""
        partner_client_id, client_id = (self.clients.get(email_key(email or "")) for email in (record.ib_email, record.client_email))
        wish = Wish(Branch(partner_client_id, record.ib_type_id if record.ib_type_id in self.programs else None), client_id)
        decision = Decision(record, wish, [finding for finding, found in self._findings(record, wish) if found] + self.tree.faults(wish))
        if decision.faults or record.faulty:
            return decision
        known = self.tree.has(wish)
        decision.result = "a" if create and not known else "s"
        decision.adds_partner = decision.result == "a" and self.tree.add(wish)
        return decision

    def _findings(self, record: Record, wish: Wish) -> Iterator[tuple[str, bool]]:
        yield "duplicate", record.again or record.key in self.keys
        yield "no partner", record.ib_email is not None and wish.branch.client_id is None
        yield "no client", record.client_email is not None and wish.client_id is None
        yield "no program", record.ib_type_id is not None and wish.branch.program_id is None


async def decide(stage: Stage, staged: Sequence[Staged]) -> None:
    """Fills `fate`, record by record in the order of the file."""
    if not stage.claim.dry_run:
        await stage.connection.execute("select pg_advisory_xact_lock($1)", TREE_LOCK)
    records = [Record(*row) for row in staged]
    known = await _known(stage, records)
    create = stage.claim.on_no_match is OnNoMatch.CREATE
    decisions = [known.decide(record, create=create) for record in records]
    new = [decision.wish.branch for decision in decisions if decision.adds_partner]
    if not stage.claim.dry_run:
        numbers = await stage.run(NUMBERS, len(new))
        known.tree.partners.update(zip(new, (row["number"] for row in numbers), strict=True))
    await stage.put("fate", [decision.row(known.tree) for decision in decisions])
    if stage.claim.dry_run:
        await stage.run(NOTE_TREE)


async def _known(stage: Stage, records: Sequence[Record]) -> Known:
    above = {email_key(record.ib_email) for record in records if record.ib_email is not None}
    below = {email_key(record.client_email) for record in records if record.client_email is not None}
    clients = {row["key"]: row["client_id"] for row in await stage.run(CLIENTS, sorted(above | below))}
    programs = {row["ib_program_id"] for row in await stage.run(PROGRAMS)}
    keys = {row["key"] for row in await stage.run(SEEN, [record.key for record in records if record.key is not None])}
    partners = await stage.run(PARTNERS, [clients[email] for email in above & clients.keys()])
    branches = await stage.run(BRANCHES, list(clients.values()))
    tree = Tree(
        partners={Branch(row["client_id"], row["ib_program_id"]): row["ib_partner_id"] for row in partners},
        parents={row["client_id"]: Branch(row["partner_client_id"], row["ib_program_id"]) for row in branches},
    )
    return Known(clients, programs, keys, tree)


def _whole(ib_email: str, ib_type_id: int, client_email: str | None) -> str:
    """What is the same for records that say the same."""
    return f"{email_key(ib_email)} {ib_type_id} {email_key(client_email or '')}"


IBS = Action(
    kind=ImportAction.IMPORT_IBS,
    permission="partners.import",
    fields=IMPORT_IBS,
    match_key=("ib_email", "ib_type_id", "client_email"),
    key=_whole,
    scope=(Client, IbProgram),
    tables=("ib_partner", "ib_referral"),
    decide=decide,
    further={"partner_client_id": "integer", "client_id": "integer", "referral_code": "text"},
    findings={
        "duplicate": Finding(
            Code.DUPLICATE_IN_FILE,
            "ib_email",
            "An earlier record says the same of {ib_email}, {client_email} and {ib_type_id}; the first one counts.",
        ),
        "no partner": Finding(
            Code.UNKNOWN_CLIENT, "ib_email", "No client has the address {ib_email}; import the client first, or mend it."
        ),
        "no client": Finding(
            Code.UNKNOWN_CLIENT, "client_email", "No client has the address {client_email}; import the client first, or mend it."
        ),
        "no program": Finding(Code.UNKNOWN_IB_TYPE, "ib_type_id", "No IB program has the id {ib_type_id}; use the id of one that exists."),
        "self": Finding(Code.SELF_REFERRAL, "client_email", "{client_email} cannot be attracted by themselves; name another partner."),
        "referred": Finding(
            Code.ALREADY_REFERRED, "client_email", "{client_email} belongs to another partner already; a client belongs to one at most."
        ),
        "ring": Finding(
            Code.REFERRAL_CYCLE,
            "client_email",
            "{client_email} stands above {ib_email} in the tree of partners already.",
        ),
    },
    steps=(Step("a", ADD_PARTNERS), Step("a", ADD_REFERRALS), Step("a", NOTE_ADDED)),
    file_types=("CSV",),
)
