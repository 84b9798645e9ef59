"""The steps that bring a database to the newest schema; `python -m migrations "Add payments"` writes the next one."""
