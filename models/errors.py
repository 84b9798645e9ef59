"""Expected failures: each has a code and a sentence that names the value and the remedy."""


class Refused(Exception):
    """Something asked for that is not done; `code` goes into `extensions.code` or a user error."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, *, field: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Invalid(Refused):
    """A value that cannot be used."""


class Unauthenticated(Refused):
    """No viewer: the token is missing, unknown or expired."""

    code = "UNAUTHENTICATED"


class Forbidden(Refused):
    """The viewer lacks a permission."""

    code = "FORBIDDEN"


class NotFound(Refused):
    """What is named does not exist, or not for this viewer."""

    code = "NOT_FOUND"


class TooCostly(Refused):
    """An operation asks for more at once than is read, made or taken."""

    code = "COST_LIMIT_EXCEEDED"


class Conflict(Refused):
    """The thing is not in a state that allows it."""

    code = "CONFLICT"
