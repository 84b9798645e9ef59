"""Uploads: the multipart form of a request, in which files take the places of nulls in the variables."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from graphql import GraphQLError
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from graph.http.bodies import chunks_of, json_of
from graph.http.refusals import Refusal

# Of a form with more there is no use here, and every file costs an open temporary one.
MOST_FILES = 10
MOST_FIELDS = 10

Content = dict[str, Any]


class Form(MultiPartParser):
    """Starlette's parser, which also knows whether the form was whole: without its last boundary the last file would be cut silently."""

    whole = False

    def on_end(self) -> None:
        self.whole = True

    async def parse(self) -> FormData:
        form = await super().parse()
        if not self.whole:
            for file in self._files_to_close_on_error:
                file.close()
            raise MultiPartException("it ends before its last boundary")
        return form


@asynccontextmanager
async def multipart_operation(request: Request, limit: int) -> AsyncIterator[Content]:
    """What a GraphQL multipart request says, with its files in place; they are gone when the context closes."""
    async with aclosing(chunks_of(request, limit)) as chunks:
        form = await _form(request.headers, chunks)
    try:
        operations = _object(form, "operations")
        for part, paths in _object(form, "map").items():
            _place_all(operations, paths, part, form.get(part))
        yield operations
    finally:
        await form.close()


def uploaded(value: object) -> UploadFile:
    """How the scalar Upload reads its values; with Strawberry's own, whatever stands in the JSON passes for a file."""
    if not isinstance(value, UploadFile):
        raise GraphQLError(f"Upload cannot represent {value!r:.60}; send the file as a part of a multipart/form-data request.")
    return value


async def _form(headers: Headers, chunks: AsyncGenerator[bytes, None]) -> FormData:
    try:
        return await Form(headers, chunks, max_files=MOST_FILES, max_fields=MOST_FIELDS).parse()
    except MultiPartException as problem:
        raise Refusal(400, f"The multipart body cannot be read: {problem.message.rstrip('.')}.") from problem


def _object(form: FormData, field: str) -> Content:
    text = form.get(field)
    if not isinstance(text, str):
        raise Refusal(400, f"The multipart body has no field {field!r}; it needs operations, map and the files, in this order.")
    content = json_of(text, f"The field {field!r}")
    if not isinstance(content, dict):
        raise Refusal(400, f"The field {field!r} must be a JSON object.")
    return content


def _place_all(operations: Content, paths: object, part: str, file: object) -> None:
    if not isinstance(file, UploadFile):
        raise Refusal(400, f"The map names the part {part!r}, but no file came under that name.")
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise Refusal(400, f'The map must give a list of paths for {part!r}, as in {{"0": ["variables.file"]}}.')
    for path in paths:
        _place(operations, path, file)


def _place(operations: Content, path: str, file: UploadFile) -> None:
    *steps, last = path.split(".")
    holder: Any = operations
    for step in steps:
        holder = _at(holder, step, path)
    if _at(holder, last, path) is not None:
        raise Refusal(400, f"The map points to {path!r}, which is not null in operations; put null where a file belongs.")
    holder[int(last) if isinstance(holder, list) else last] = file


def _at(holder: object, step: str, path: str) -> object:
    if isinstance(holder, dict) and step in holder:
        return holder[step]
    if isinstance(holder, list) and step.isascii() and step.isdecimal() and int(step[:9]) < len(holder):
        return holder[int(step)]
    raise Refusal(400, f"The map points to {path!r}, which is not in operations.")
