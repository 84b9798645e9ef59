"""The people who use the back office, and their sessions."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Key, Name, caseless
from models.reference import Tag

user_tag = Table(
    "user_tag",
    Base.metadata,
    Column("user_id", ForeignKey("user.user_id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", ForeignKey("tag.tag_id"), primary_key=True, index=True),
)


class User(Base):
    """A person or program that uses the back office."""

    __tablename__ = "user"
    __table_args__ = (Index("uq_user_email", caseless(text("email")), unique=True),)
    read_permission = "users.read"

    user_id: Mapped[Key] = mapped_column(doc="The user's number.")
    name: Mapped[Name] = mapped_column(doc="The full name.")
    email: Mapped[str] = mapped_column(String(254), doc="The address by which the user signs in.")
    password_hash: Mapped[str] = mapped_column(doc="The password as argon2id keeps it; never shown.")
    phone: Mapped[str | None] = mapped_column(String(20), doc="The phone number.")
    active: Mapped[bool] = mapped_column(server_default="true", doc="Whether the user may sign in.")
    tfa: Mapped[bool] = mapped_column(server_default="false", doc="Whether signing in asks for a second factor.")
    ip_whitelist: Mapped[list[str]] = mapped_column(
        server_default="{}", doc="The addresses from which the user may sign in; empty for any."
    )
    can_view_masked_data: Mapped[bool] = mapped_column(server_default="false", doc="Whether the user sees personal data in full.")
    send_notify: Mapped[bool] = mapped_column(server_default="false", doc="Whether a mail told the user of this profile.")
    email_verified: Mapped[bool] = mapped_column(server_default="false", doc="Whether the address has been confirmed.")
    create_time: Mapped[Created] = mapped_column(doc="When the user was added.")

    client_tags: Mapped[list[Tag]] = relationship(
        secondary=user_tag, viewonly=True, order_by=Tag.tag_id, doc="The tags of the clients that the user may see."
    )


class UserSession(Base):
    """A sign-in: the token itself is known to its bearer alone, its SHA-256 stands here."""

    __tablename__ = "user_session"
    read_permission = "users.read"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True, doc="SHA-256 of the token.")
    user_id: Mapped[int] = mapped_column(ForeignKey("user.user_id", ondelete="CASCADE"), index=True, doc="The number of the user.")
    expires_at: Mapped[datetime] = mapped_column(index=True, doc="When the token stops working.")
    create_time: Mapped[Created] = mapped_column(doc="When the user signed in.")
