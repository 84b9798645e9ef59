"""Imports: from bytes of a file to rows of the database, in runs that survive any crash."""
