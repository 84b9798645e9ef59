"""What is said of options, arguments and settings that cannot be used: the name, the value, and what is taken."""

import json
import re
from typing import Any

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsError

# By pydantic's kind of error; its own words are about types of Python.
REASONS = {
    "int_parsing": "{value!r} is no whole number",
    "int_from_float": "{value!r} is no whole number",
    "float_parsing": "{value!r} is no number",
    "greater_than": "{value} is too small, it must be more than {gt}",
    "greater_than_equal": "{value} is too small, the least is {ge}",
    "less_than_equal": "{value} is too large, the most is {le}",
    "string_type": "{value!r} is no text",
    "list_type": "{value!r} is no list",
}


def of_command(problem: typer.TyperException) -> str:
    """What was wrong with a command line, and where to read what is right."""
    cause = problem.__cause__
    if isinstance(cause, ValidationError):
        problem.message = _reason(cause.errors()[0])
    message = problem.format_message().rstrip(".")
    context = getattr(problem, "ctx", None)
    command = context.command_path if context else "backoffice"
    return f"{message}{'' if message.endswith('?') else '.'} See `{command} --help`."


def of_settings(problem: ValidationError, settings: type[BaseSettings]) -> str:
    """Each setting that cannot be used, with what it is for."""
    return " ".join(_unusable(settings, str(error["loc"][0]), _reason(error)) for error in problem.errors())


def of_lists(problem: SettingsError, settings: type[BaseSettings]) -> str:
    """A setting that holds a list, and is not written as one."""
    found = re.search(r'field "(\w+)"', str(problem))
    given = problem.__cause__.doc if isinstance(problem.__cause__, json.JSONDecodeError) else ""
    reason = f'{given!r} is no list, which is written as in ["https://desk.example.com"]'
    return _unusable(settings, found[1], reason) if found else str(problem)


def _reason(error: ErrorDetails) -> str:
    known: dict[str, Any] = {"value": error["input"], **error.get("ctx", {})}
    if error["type"] in REASONS:
        return REASONS[error["type"]].format(**known)
    return error["msg"].removeprefix("Value error, ")


def _unusable(settings: type[BaseSettings], name: str, reason: str) -> str:
    field = settings.model_fields.get(name)
    about = f" Meaning: {field.description}" if field and field.description else ""
    return f"The setting {variable(name)} cannot be used: {reason}.{about}"


def variable(setting: str) -> str:
    """The environment variable of a setting."""
    name = setting.upper()
    return name if name == "DATABASE_URL" else f"BACKOFFICE_{name}"


def bare_flags(command: Any, context: Any) -> None:
    """Has the help of a command, and of those below it, show an option that takes no value without a type."""
    for option in command.get_params(context):
        if getattr(option, "is_flag", False):
            option.metavar = ""
    for below in getattr(command, "commands", {}).values():
        bare_flags(below, context)
