"""What every table shares: names of constraints, column types, enumerations that describe themselves."""

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from sqlalchemy import (
    ARRAY,
    DDL,
    BigInteger,
    ColumnElement,
    DateTime,
    Enum,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Text,
    TextClause,
    event,
    func,
    text,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, mapped_column


class Described(enum.Enum):
    """An enumeration whose members carry the stored word and a sentence about it: `ACTIVE = "active", "May sign in."`."""

    doc: str

    def __new__(cls, word: str, doc: str) -> Self:
        member = object.__new__(cls)
        member._value_ = word
        member.doc = doc
        return member


def words(kind: type[enum.Enum]) -> list[str]:
    return [str(member.value) for member in kind]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        str: Text,
        int: Integer,
        datetime: DateTime(timezone=True),
        Decimal: Numeric(38, 18),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB,
        list[str]: ARRAY(Text),
        list[int]: ARRAY(Integer),
        list[Decimal]: ARRAY(Numeric(38, 18)),
        Described: Enum(Described, native_enum=False, length=32, create_constraint=True, values_callable=words),
    }

    read_permission: ClassVar[str]
    "The permission that a viewer needs to read rows of this table, `clients.read`."
    configuration: ClassVar[bool] = False
    "Whether every process holds the table in memory: small, referred to by many rows, free of masks and scopes."

    @classmethod
    def always(cls) -> ColumnElement[bool] | None:
        """What every row that anybody is shown fulfils; None when all are shown."""
        return None


# Column types that say what a text is. A mask sits on the type, so that no column can be shown without it.
Key = Annotated[int, mapped_column(Integer, primary_key=True)]
Email = Annotated[str, mapped_column(String(254), info={"mask": "email"})]
Phone = Annotated[str, mapped_column(String(20), info={"mask": "phone"})]
Birthday = Annotated[date, mapped_column(info={"mask": "date"})]
Street = Annotated[str, mapped_column(String(255), info={"mask": "text"})]
Name = Annotated[str, mapped_column(String(100), info={"alphabetical": True})]
Code = Annotated[str, mapped_column(String(10))]
Bytes64 = Annotated[int, mapped_column(BigInteger)]
Created = Annotated[datetime, mapped_column(server_default=func.now())]
Money = Annotated[Decimal, mapped_column(server_default="0")]


def caseless(column: InstrumentedAttribute[Any] | ColumnElement[Any] | TextClause) -> ColumnElement[str]:
    """The expression by which a text is indexed, sorted and compared without regard to case.

    The collation is fixed, so that prefixes use the index and pages keep their order on every server.
    """
    return type_coerce(func.lower(column).collate("C"), Text())


# The letters of a text as they stand in an alphabet: without accents and case. The same on every server, with whatever locales and
# versions of ICU, so that no index goes stale when one is replaced. Letters that no accent makes are named, as are alphabets
# whose case the collation C does not know.
ALPHABETICAL = r"""create or replace function alphabetical(text) returns text language sql immutable parallel safe as $$
    select case when octet_length($1) = char_length($1) then lower($1 collate "C") else lower(
        replace(replace(replace(replace(replace(replace(replace(translate(
            regexp_replace(normalize($1, NFKD), '[\u0300-\u036f]', '', 'g'),
            'ØøŁłĐđÐðĦħıŦŧАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЄІЇЂЈЉЊЋЏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩς',
            'oollddddhhittабвгдежзийклмнопрстуфхцчшщъыьэюяєіїђјљњћџαβγδεζηθικλμνξοπρστυφχψωσ'),
        'ß', 'ss'), 'Æ', 'ae'), 'æ', 'ae'), 'Œ', 'oe'), 'œ', 'oe'), 'Þ', 'th'), 'þ', 'th') collate "C") end $$"""
event.listen(Base.metadata, "before_create", DDL(ALPHABETICAL))  # type: ignore[no-untyped-call]


def alphabetical(column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> ColumnElement[str]:
    """The expression by which a name is sorted, and indexed for it: Álvaro among the As."""
    return type_coerce(func.alphabetical(column).collate("C"), Text())


def sorts_as_newest_last(column: Any) -> bool:
    """Whether a column is a time that may be missing."""
    return isinstance(column.type, DateTime) and bool(getattr(column, "nullable", False))


def newest_last(column: Any) -> ColumnElement[datetime]:
    """A time that sorts even when it is missing: rows without one come first."""
    return func.coalesce(column, text("'1900-01-01 00:00:00+00'::timestamptz"), type_=DateTime(timezone=True))


def lowest_first(column: Any) -> ColumnElement[Decimal]:
    """An amount that sorts even when it is missing: rows without one come first, below all that the column can hold."""
    return func.coalesce(column, text("'-100000000000000000000'::numeric"), type_=Numeric())


def never_null(column: Any) -> ColumnElement[Any] | None:
    """The expression by which a time or an amount that may be missing is indexed and sorted; None for all other columns."""
    if sorts_as_newest_last(column):
        return newest_last(column)
    return lowest_first(column) if isinstance(column.type, Numeric) and getattr(column, "nullable", False) else None


def partial_index(name: str, *expressions: Any, column: InstrumentedAttribute[Any]) -> Index:
    """An index over the rows that have a value, for columns that most rows leave empty."""
    return Index(name, *expressions, postgresql_where=column.is_not(None))
