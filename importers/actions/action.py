"""What an action is: the fields that it reads, how a record finds its row, and what is written."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from importers import values
from importers.columns import Field
from importers.faults import Code
from importers.stage import DECIDED, READ, Stage, Staged
from models.base import Base
from models.imports import ImportAction

# All other values are text.
SQL_TYPES: dict[type[values.Kind], str] = {
    values.BirthDate: "date",
    values.Country: "integer",
    values.Integer: "integer",
    values.VerificationLevel: "integer",
}


@dataclass(frozen=True)
class Step:
    """A statement over `fate`, run when the batch has a record with one of the results: `a` for added, `u` for updated."""

    results: str
    statement: str


@dataclass(frozen=True)
class Finding:
    """A fault that a look-up finds; the sentence names fields in braces, and the record's cells take their place."""

    code: Code
    field: str
    sentence: str


@dataclass(frozen=True)
class Action:
    """What a file can be imported as."""

    kind: ImportAction
    permission: str
    fields: tuple[Field, ...]
    match_key: tuple[str, ...]
    key: Callable[..., str]  # of the values of the match key
    scope: tuple[type[Base], ...]
    tables: tuple[str, ...]
    decide: Callable[[Stage, Sequence[Staged]], Awaitable[None]]  # fills `fate` with what becomes of the rows of `stage`
    findings: Mapping[str, Finding]
    steps: tuple[Step, ...]
    further: Mapping[str, str] = field(default_factory=dict)  # columns of `fate`, by SQL type
    file_types: tuple[str, ...] = ("CSV", "TSV")

    @property
    def temporary_tables(self) -> dict[str, dict[str, str]]:
        """The columns of `stage` and `fate`, which repeats those of `stage`, by SQL type."""
        own = {field.name: SQL_TYPES.get(type(field.kind), "text") for field in self.fields}
        return {"stage": READ | own, "fate": READ | own | DECIDED | dict(self.further)}


def by_statement(statement: str) -> Callable[[Stage, Sequence[Staged]], Awaitable[None]]:
    """Decides by one INSERT into `fate`."""

    async def decide(stage: Stage, _: Sequence[Staged]) -> None:
        await stage.run(statement)

    return decide
