"""The rights of a run: those that its user has at this moment, looked up before each batch."""

from importers.connections import Connection
from importers.runs import Claim, confirm
from models.access import Viewer
from models.errors import Forbidden
from models.sessions import acting_as


async def viewer_of(connection: Connection, held: Claim, permission: str) -> Viewer:
    """Whom a run acts for. Raises Fenced when the run is another's by now, and Forbidden when its user may not import any more."""
    user = await confirm(connection, held)
    viewer = acting_as(held.user_id)
    if not user["active"]:
        raise Forbidden(f"{user['email']}, who created the job, is not active any more; somebody who may import must create it anew.")
    if permission not in viewer.permissions:
        raise Forbidden(
            f"{user['email']}, who created the job, lacks the permission {permission} by now; somebody who has it must create it anew."
        )
    return viewer
