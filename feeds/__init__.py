"""The REST faces of the same data."""
