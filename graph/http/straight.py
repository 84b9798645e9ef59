"""The straight way to the endpoint, past the routing that other paths need and a small query would pay for."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Straight:
    """Hands what is for one path to its application, and all else on."""

    def __init__(self, app: ASGIApp, path: str, target: ASGIApp) -> None:
        self.app = app
        self.path = path
        self.target = target

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"] == self.path:
            await self.target(scope, receive, send)
        else:
            await self.app(scope, receive, send)
