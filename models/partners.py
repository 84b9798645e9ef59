"""Introducing brokers: programs, the partners who joined them, the clients they attracted."""

from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, Integer, UniqueConstraint, literal_column, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from models.base import Base, Code, Created, Key, Name
from models.clients import Client


class IbProgram(Base):
    """An IB program; the import file calls its number the IB type id."""

    __tablename__ = "ib_program"
    read_permission = "partners.read"
    configuration = True

    ib_program_id: Mapped[Key] = mapped_column(doc="The program's number.")
    name: Mapped[Name] = mapped_column(unique=True, doc="The name.")
    description: Mapped[str | None] = mapped_column(doc="What the program offers.")
    enabled: Mapped[bool] = mapped_column(server_default="true", doc="Whether clients can join.")
    create_time: Mapped[Created] = mapped_column(doc="When the program was added.")


class IbReferral(Base):
    """A client attracted by a partner; a client belongs to one partner at most.

    The tree of partners is made of these rows alone: a partner's parent is the partner who attracted that partner's client.
    """

    __tablename__ = "ib_referral"
    __table_args__ = (
        Index("ix_ib_referral_partner", "ib_partner_id", "ib_referral_id"),
        Index("ix_ib_referral_create_time", "create_time", "ib_referral_id"),
    )
    read_permission = "partners.read"

    ib_referral_id: Mapped[Key] = mapped_column(doc="The referral's number.")
    ib_partner_id: Mapped[int] = mapped_column(ForeignKey("ib_partner.ib_partner_id"), doc="The number of the partner.")
    client_id: Mapped[int] = mapped_column(ForeignKey("client.client_id"), unique=True, doc="The number of the client.")
    create_time: Mapped[Created] = mapped_column(doc="When the client was attracted.")
    import_run_id: Mapped[int | None] = mapped_column(doc="The import run that wrote the row.")

    partner: Mapped["IbPartner"] = relationship(viewonly=True, doc="The partner who attracted the client.")
    client: Mapped[Client] = relationship(viewonly=True, doc="The client who was attracted.")


class IbPartner(Base):
    """A client who has joined an IB program."""

    __tablename__ = "ib_partner"
    __table_args__ = (UniqueConstraint("client_id", "ib_program_id"),)
    read_permission = "partners.read"

    ib_partner_id: Mapped[Key] = mapped_column(doc="The partner's number.")
    client_id: Mapped[int] = mapped_column(ForeignKey("client.client_id"), doc="The number of the client who is the partner.")
    ib_program_id: Mapped[int] = mapped_column(ForeignKey("ib_program.ib_program_id"), index=True, doc="The number of the program.")
    referral_code: Mapped[Code] = mapped_column(unique=True, doc="The code in the partner's links.")
    active: Mapped[bool] = mapped_column(server_default="true", index=True, doc="Whether new clients count for the partner.")
    create_time: Mapped[Created] = mapped_column(doc="When the client joined.")
    import_run_id: Mapped[int | None] = mapped_column(doc="The import run that wrote the row.")

    client: Mapped[Client] = relationship(viewonly=True, doc="The client who is the partner.")
    program: Mapped[IbProgram] = relationship(viewonly=True, doc="The program that was joined.")
    referrals: Mapped[list[IbReferral]] = relationship(viewonly=True, doc="The clients attracted.")
    own_referral: Mapped[IbReferral | None] = relationship(
        viewonly=True,
        primaryjoin=client_id == IbReferral.client_id,
        foreign_keys=[IbReferral.client_id],
        uselist=False,
        doc="How the partner's own client was attracted.",
    )
    children: Mapped[list["IbPartner"]] = relationship(
        viewonly=True,
        secondary=IbReferral.__table__,
        primaryjoin=ib_partner_id == IbReferral.ib_partner_id,
        secondaryjoin=client_id == IbReferral.client_id,
        order_by=ib_partner_id,
        doc="The partners that this partner attracted.",
    )
    # Walks up the referrals: as many steps as the tree is deep, whatever its size.
    level: Mapped[int] = column_property(
        literal_column(
            """(with recursive up (client_id, level) as (
                select ib_partner.client_id, 1
                union all
                select parent.client_id, up.level + 1
                from up join ib_referral on ib_referral.client_id = up.client_id
                join ib_partner as parent on parent.ib_partner_id = ib_referral.ib_partner_id
            ) cycle client_id set ring using path
            select max(level) from up)""",
            Integer,
        ),
        deferred=True,
        doc="The depth in the tree; 1 for a partner whom nobody attracted.",
    )


def in_tree_below(partner_id: ColumnElement[Any], top: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a partner is another one or stands anywhere below it; both may be columns of outer queries."""
    tree = select(top.label("ib_partner_id")).correlate_except().cte("tree", recursive=True, nesting=True)
    step = (
        select(IbPartner.ib_partner_id)
        .join(IbReferral.__table__, IbReferral.client_id == IbPartner.client_id)
        .join(tree, tree.c.ib_partner_id == IbReferral.ib_partner_id)
    )
    return partner_id.in_(select(tree.union(step).c.ib_partner_id))
