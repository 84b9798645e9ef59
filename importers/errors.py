"""What stops an import as a whole; faults of single records are data, see faults.py."""


class Unreadable(ValueError):
    """A source that cannot be imported; the sentence says why and what to do."""


class BadSetting(Unreadable):
    """A setting of the job or upload that does not fit: a mapping, a date format, an encoding, a delimiter."""
