"""The application: what answers under which path, and what is opened at the start and closed at the end."""

import asyncio
import gc
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from database.changes import Changes
from database.engine import connect
from database.pool import Pool
from feeds.files import run_errors, run_warnings
from feeds.health import healthz, readyz
from graph.compiled import Compiler
from graph.context import Context, Services
from graph.events import Event
from graph.http.documents import CachedDocument
from graph.http.edge import Edge
from graph.http.endpoint import Endpoint
from graph.http.execution import Answer, Execution
from graph.http.operations import UPLOAD_SECONDS, Limits
from graph.http.refusals import Refusal, refusal_of
from graph.http.rights import Rights
from graph.http.straight import Straight
from graph.http.visits import Visit, visit_of
from graph.limits import OperationLimits
from graph.schema import schema
from loaders.configuration import CONFIGURATION_CHANGES, Configuration
from loaders.imports import RUN_CHANGES
from loaders.sessions import SESSION_CHANGES
from models.access import Viewer
from models.errors import Refused
from settings import Settings
from web.page import asset, page_headers, page_html

START = 2.0  # seconds to wait for the configuration; until it is there, queries are answered without plans

SIGN_INS = 3  # connections for sign-ins and look-ups of sessions
LOOK_UP = 5.0  # seconds that a statement of theirs may take

YOUNG = 20_000  # objects more than there were, before the collector looks at the new ones: those of about fifty answers


def create_app(settings: Settings, database_url: str) -> Starlette:
    """The application on a database with the newest schema; connects to it when it is started, and then as needed."""
    engine = connect(database_url, size=settings.pool_size)
    probe = connect(database_url, size=1)
    # A look-up of a session is a millisecond's work: where none comes back for so long, something is wrong.
    sign_ins = connect(database_url, size=SIGN_INS, statement_seconds=LOOK_UP)
    # Files wait for their turn as long as they may take.
    files = connect(database_url, size=settings.file_connections, wait=UPLOAD_SECONDS)
    changes = Changes(database_url, RUN_CHANGES, CONFIGURATION_CHANGES, SESSION_CHANGES)
    configuration = Configuration(database_url, changes)
    pool = Pool(database_url, size=settings.pool_size)
    services = Services(
        engine,
        changes,
        settings.upload_limit,
        pool,
        configuration,
        OperationLimits(cost=settings.operation_cost),
        sign_in_engine=sign_ins,
        file_engine=files,
    )

    async def context_of(visit: Visit) -> Context:
        return Context(services, await services.viewer_of(visit.token), visit.locale, visit.token, visit.address)

    async def viewer_of(request: Request) -> Viewer | None:
        return await services.viewer_of(visit_of(request.headers, request.client).token)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await changes.start()
        # A database that does not answer must not keep the health probes from answering.
        starting = asyncio.create_task(configuration.start())
        following = asyncio.create_task(services.sessions.follow(changes))
        await asyncio.wait({starting}, timeout=START)
        collect_less()
        try:
            yield
        finally:
            starting.cancel()
            following.cancel()
            await asyncio.wait({starting, following})
            await configuration.stop()
            await changes.stop()
            await pool.close()
            for each in (probe, sign_ins, files, engine):
                await each.dispose()

    compiler = Compiler(schema._schema)

    async def compiled_first(document: CachedDocument, name: str | None, variables: dict[str, Any] | None, context: Context) -> Answer:
        answer = await compiler.execute(document, name, variables, context)
        if answer is not None:
            context.way = f"compiled; statements={len(answer.statements)}"
            return answer.json
        result = await schema.execute(document.text, variable_values=variables, context_value=context, operation_name=name)
        if context.viewer is not None:
            context.way = f"graphql-core; statements={context.reads.statements}"
        return result

    async def compiled_event(
        document: CachedDocument, name: str | None, variables: dict[str, Any] | None, context: Context, event: Event
    ) -> bytes | None:
        answer = await compiler.execute(document, name, variables, context, event)
        return None if answer is None else answer.json

    limits = Limits(body=settings.body_limit, upload=settings.upload_limit)
    endpoint = Endpoint(
        Execution(schema, compiled_first, compiled_event, compiler.check, seconds=settings.operation_seconds),
        Rights(context_of, services.viewers_of),
        page,
        limits=limits,
        allowed_origins=settings.allowed_origins,
    )
    app = Starlette(
        routes=[
            Route("/", RedirectResponse("/graphql")),
            # For what does not take the straight way: /graphql/, which is sent here, and applications below another path.
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", endpoint),
            Route("/graphql/static/{name:path}", static),
            Route("/schema.graphql", sdl),
            Route("/healthz", healthz),
            Route("/readyz", readyz(probe)),
            Route("/imports/runs/{run_id:int}/errors.csv", run_errors(files, viewer_of)),
            Route("/imports/runs/{run_id:int}/warnings.csv", run_warnings(files, viewer_of)),
        ],
        middleware=[Middleware(Edge), *cross_origin(endpoint.sockets.allowed_origins), Middleware(Straight, "/graphql", endpoint)],
        exception_handlers={Refused: told, Refusal: told, HTTPException: told},
        lifespan=lifespan,
    )
    app.state.endpoint = endpoint
    return app


def collect_less() -> None:
    """Keeps the garbage collector from looking at what stays, and from looking after every small answer (docs/performance.md)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)


def page() -> Response:
    return Response(page_html(), media_type="text/html", headers=page_headers())


async def static(request: Request) -> Response:
    """A file of the explorer, which is all that it loads."""
    found = asset(request.path_params["name"], request.headers.get("accept-encoding", ""))
    if found is None:
        raise HTTPException(404)
    return FileResponse(found.file, media_type=found.media_type, headers=found.headers)


async def sdl(_request: Request) -> Response:
    return PlainTextResponse(schema.as_str(), headers={"cache-control": "no-cache"})


def cross_origin(origins: Collection[str]) -> list[Middleware]:
    """Lets pages of other origins call the API; without any, browsers keep all of them out."""
    if not origins:
        return []
    headers = ["authorization", "content-type", "x-auth-token", "x-request-id"]
    exposed = ["x-request-id", "x-execution"]
    return [
        Middleware(CORSMiddleware, allow_origins=sorted(origins), allow_methods=["POST"], allow_headers=headers, expose_headers=exposed)
    ]


async def told(request: Request, problem: Exception) -> Response:
    """Every refusal, wherever it comes from, in the form that GraphQL has for errors."""
    match problem:
        case Refusal():
            return problem.response()
        case Refused():
            return refusal_of(problem).response()
        case HTTPException(status_code=404):
            return Refusal(404, f"There is nothing at {request.url.path}.", code="NOT_FOUND").response()
        case HTTPException():
            message = f"{request.method} {request.url.path} is not possible: {problem.detail}."
            return Refusal(problem.status_code, message, headers=problem.headers).response()
    raise problem
