"""A page: one file with its style and its script, that asks nothing of the outside."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seqtasks.reports.page.elements import Markup, element, joined

HERE = Path(__file__).parent
# Nothing from outside, whatever a text in it says.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def page(title: str, lead: object, sections: Sequence[tuple[str, str, Markup]]) -> str:
    """An HTML document.

    Args:
        title: of the page.
        lead: below the title.
        sections: anchor, title and content of each.
    """
    style, script = ((HERE / name).read_text("utf-8") for name in ("report.css", "report.js"))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
        element("style", Markup(style)),
    )
    links = [element("li", element("a", name, href=f"#{anchor}")) for anchor, name, _ in sections]
    body = element(
        "body",
        element("a", "Skip to the content", href="#content", class_="skip"),
        element("header", element("h1", title), lead),
        element("nav", element("ul", links), aria_label="Sections"),
        element(
            "main",
            [
                element("section", element("h2", name), content, id=anchor)
                for anchor, name, content in sections
            ],
            id="content",
        ),
        element("script", Markup(script)),
    )
    return joined(Markup("<!doctype html>\n"), element("html", head, body, lang="en"), "\n")
