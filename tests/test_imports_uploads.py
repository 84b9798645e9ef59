"""Uploads: what is kept of a file, and what is refused."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from importers.uploads import Expected, receive
from models.access import Viewer
from models.errors import Forbidden, Invalid
from tests.desk import desk, signed_in
from tests.importing import Importing, parts


async def test_a_file_is_kept_as_utf_8_with_its_figures_and_first_rows(importing: Importing) -> None:
    content = 'E-Mail;Ort\r\nann@example.com;Köln\r\n\r\n"bo@example.com";"zwei\nZeilen"\r\n'.encode("utf-16")

    file_id = await importing.upload(content, name="C:\\sheets\\Kunden\x00 2026.csv")

    (file,) = await importing.rows("select * from import_file")
    kept = 'E-Mail;Ort\r\nann@example.com;Köln\r\n\r\n"bo@example.com";"zwei\nZeilen"\r\n'.encode()
    assert (file["import_file_id"], file["name"], file["user_id"]) == (file_id, "Kunden 2026.csv", importing.user_id)
    assert (file["size"], file["stored_size"], file["sha256"]) == (len(content), len(kept), hashlib.sha256(content).hexdigest())
    assert (file["encoding"], file["encoding_guessed"], file["delimiter"]) == ("utf-16-le", False, ";")
    assert file["columns"] == ["E-Mail", "Ort"]
    assert file["head"] == [["ann@example.com", "Köln"], ["bo@example.com", "zwei\nZeilen"]]
    assert await importing.rows("select number, content from import_file_chunk") == [{"number": 0, "content": kept}]


async def test_a_large_file_is_kept_in_chunks_of_a_megabyte(importing: Importing) -> None:
    content = b"email,first name\n" + b"".join(b"client%d@example.com,%s\n" % (number, b"x" * 50) for number in range(40_000))

    await importing.upload(content)

    chunks = await importing.rows("select number, content from import_file_chunk order by number")
    assert b"".join(chunk["content"] for chunk in chunks) == content
    assert {len(chunk["content"]) for chunk in chunks[:-1]} == {1_048_576}
    (file,) = await importing.rows("select jsonb_array_length(head) as rows, stored_size from import_file")
    assert file == {"rows": 50, "stored_size": len(content)}


@pytest.mark.parametrize(
    ("content", "given", "field", "reason"),
    [
        (b"", {}, "file", "empty"),
        (b" \r\n\r\n", {}, "file", "empty"),
        (b"PK\x03\x04[Content_Types].xml", {}, "file", "Excel workbook"),
        (bytes(range(256)) * 20, {}, "file", "binary"),
        (b"email\n" + b"x" * 200, {"limit": 100}, "file", "larger than 100 bytes"),
        (b"email\nann", {"delimiter": "/"}, "delimiter", "comma"),
        (b"email\nann", {"encoding": "klingon"}, "encoding", "klingon"),
        (b"email\n" + b"a" * 100_000 + b"\xff", {"encoding": "utf-8"}, "file", "UTF-8"),
    ],
)
async def test_a_file_that_cannot_be_imported_is_refused_and_leaves_nothing(
    importing: Importing, content: bytes, given: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(Invalid, match=f"(?i){reason}") as refusal:
        await importing.upload(content, **given)

    assert refusal.value.field == ("input", field)
    assert await importing.tables("import_file", "import_file_chunk") == [[], []]


async def test_a_file_as_large_as_the_limit_is_taken(importing: Importing) -> None:
    await importing.upload(b"email\n" + b"x" * 94, limit=100)

    assert await importing.rows("select size from import_file") == [{"size": 100}]


async def test_a_broken_upload_leaves_nothing(importing: Importing) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"email\n" + b"client@example.com\n" * 100_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await receive(importing.engine, importing.viewer, "file.csv", broken(), Expected(limit=10**8))

    assert await importing.tables("import_file", "import_file_chunk") == [[], []]


async def test_an_upload_needs_the_permission_to_create_imports(importing: Importing) -> None:
    with pytest.raises(Forbidden, match=r"imports\.create"):
        await receive(importing.engine, Viewer(1, frozenset({"imports.read"})), "file.csv", parts("email\n"), Expected(limit=100))


async def test_a_part_that_the_map_gives_to_two_variables_is_read_whole_by_each(database: AsyncEngine, database_url: str) -> None:
    payload = "file { name size sha256 } userErrors { message }"
    query = f"""mutation ($one: Upload!, $two: Upload!) {{
        one: importFileUpload(input: {{file: $one}}) {{ {payload} }} two: importFileUpload(input: {{file: $two}}) {{ {payload} }} }}"""
    operations = json.dumps({"query": query, "variables": {"one": None, "two": None}})
    places = json.dumps({"0": ["variables.one", "variables.two"]})

    async with desk(database_url) as client:
        answer = await client.post(
            "/graphql",
            data={"operations": operations, "map": places},
            files={"0": ("people.csv", b"email\nann@example.com\n")},
            headers=await signed_in(database),
        )

    data = answer.json()["data"]
    assert data["one"] == data["two"]
    assert (data["two"]["file"]["size"], data["two"]["userErrors"]) == (22, [])
