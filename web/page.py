"""The page that browsers get at /graphql: GraphiQL, or the plain page where its bundle is not installed."""

from html import escape
from string import Template

from web.assets import asset, browser_dir, build, static_dir
from web.examples import Tab, tabs, tabs_json

__all__ = ["Tab", "asset", "content_security_policy", "page_headers", "page_html", "static_dir", "tabs"]


def page_html() -> bytes:
    """The page, which is never blank: without the bundle it is a form with an answer beside it."""
    folder = build()
    main, name = ("explorer.html", f"{folder.name}/explorer") if folder else ("plain.html", "plain")
    page = Template(_read("page.html")).substitute(
        script=f"{name}.js",
        style=f"{name}.css" if folder else "page.css",
        tabs=escape(tabs_json()),
        main=_read(main),
    )
    return page.encode()


def content_security_policy() -> str:
    """What the page may load: from its own server alone, no inline script, no eval."""
    # Monaco, GraphiQL's editor, positions its lines by style attributes and adds style elements, for which a nonce
    # does not do; GraphiQL's style sheet holds its fonts as data.
    style, data = ("'self' 'unsafe-inline'", "'self' data:") if build() else ("'self'", "'self'")
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            f"style-src {style}",
            f"font-src {data}",
            f"img-src {data}",
            "connect-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


def page_headers() -> dict[str, str]:
    """The headers to send with the page."""
    return {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": content_security_policy(),
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept",
    }


def _read(name: str) -> str:
    return (browser_dir / name).read_text(encoding="utf-8")
