"""HTML elements: whatever is no markup is escaped."""

from __future__ import annotations

import html

# Control characters are no HTML: they are shown by their pictures, U+2400 and on.
_CONTROLS = {n: 0x2400 + n for n in range(32) if chr(n) not in "\t\n\r"} | {0x7F: 0x2421}
_VOID = {"link", "meta", "br", "img"}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escaped(text: object) -> Markup:
    """Any value as HTML text; markup as it is."""
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(str(text).translate(_CONTROLS)))


def joined(*parts: object) -> Markup:
    """Parts after one another; None is left out, and lists are taken apart."""
    found = []
    for part in parts:
        if isinstance(part, (list, tuple)):
            found.append(joined(*part))
        elif part is not None:
            found.append(escaped(part))
    return Markup("".join(found))


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """An element.

    Args:
        tag: its name.
        *children: markup, or what is escaped; lists of these; None is left out.
        **attributes: escaped; `_` in a name stands for `-`, and one at the end is dropped
            (`class_`). None and False are left out, True has no value.
    """
    parts = []
    for name, value in attributes.items():
        name = name.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(f" {name}")
        elif value is not None and value is not False:
            parts.append(f' {name}="{escaped(value)}"')
    opened = f"<{tag}{''.join(parts)}>"
    return Markup(opened if tag in _VOID else f"{opened}{joined(*children)}</{tag}>")
