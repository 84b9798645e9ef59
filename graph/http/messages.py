"""What a message of the protocol graphql-transport-ws must look like."""

from collections.abc import Mapping

OBJECT_OR_NULL = (dict, type(None))


def fault_of(message: object) -> str | None:
    """What is wrong with the form of a message, or None. Of types that do not exist nothing is known."""
    if not isinstance(message, dict):
        return "A message must be a JSON object"
    kind = message.get("type")
    if not isinstance(kind, str):
        return "A message must have a type, which is a string"
    if kind in ("subscribe", "complete") and not (isinstance(message.get("id"), str) and message["id"]):
        return f"{kind} must have an id, which is a string and not empty"
    payload = message.get("payload")
    if kind == "subscribe":
        return _fault_of_operation(payload)
    if kind in ("connection_init", "ping", "pong") and not isinstance(payload, OBJECT_OR_NULL):
        return f"The payload of {kind} must be an object"
    return None


def _fault_of_operation(payload: object) -> str | None:
    if not isinstance(payload, Mapping):
        return "subscribe must have a payload, which is an object"
    if not isinstance(payload.get("query"), str):
        return "The payload of subscribe must have a query, which is a string"
    if not isinstance(payload.get("operationName"), str | None):
        return "operationName must be a string"
    for name in ("variables", "extensions"):
        if not isinstance(payload.get(name), OBJECT_OR_NULL):
            return f"{name} must be an object"
    return None
