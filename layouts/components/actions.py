"""What can be pressed: buttons, links, menus, confirmations, and the icons on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from layouts.components.attributes import aria, data, given

Id = str | dict[str, Any]
Kind = Literal["primary", "secondary", "danger", "ghost"]


def icon(name: str, *, label: str | None = None) -> html.Span:
    """A lucide icon that assets/icons.css holds; silent to screen readers unless it has a *label*."""
    if label:
        return html.Span(className=f"icon icon-{name}", role="img", **aria(label=label))
    return html.Span(className=f"icon icon-{name}", **aria(hidden=True))


def button(
    label: str,
    *,
    id: Id | None = None,
    kind: Kind = "secondary",
    href: str | None = None,
    icon: str | None = None,
    type: Literal["button", "submit"] = "button",
    small: bool = False,
    bare: bool = False,
    disabled: bool = False,
    title: str | None = None,
    opens: str | None = None,
    closes: str | None = None,
    download: bool = False,
) -> Component:
    """A button, or with *href* a link that looks like one. *bare* shows the icon only and keeps the label for readers and as the tip.

    *opens* and *closes* name a modal by its id: the browser does it, no callback is needed.
    """
    parts = _face(label, icon, bare=bare)
    attributes = (
        given(id=id, title=title or (label if bare else None), className=_classes(kind, small=small, bare=bare))
        | data(opens=opens, closes=closes)
        | aria(haspopup="dialog" if opens else None)
    )
    if href is not None:
        return html.A(parts, href=href, **attributes, **given(download="" if download else None))
    return html.Button(parts, type=type, disabled=disabled, **attributes)


def link(label: str | Component, href: str, *, id: Id | None = None, quiet: bool = False) -> html.A:
    return html.A(label, href=href, className="link link-quiet" if quiet else "link", **given(id=id))


def menu(label: str, items: Sequence[Component], *, id: str | None = None, icon: str | None = None, small: bool = False) -> Component:
    """A button that drops a list of `menu_item`; with an *icon* it shows that alone."""
    dropdown: Component = dbc.DropdownMenu(
        list(items),
        label=_face(label, icon, bare=icon is not None),
        align_end=True,
        caret=icon is None,
        color="light" if icon else "secondary",
        toggleClassName=_shape(small=small, bare=icon is not None),
        className="menu",
        **given(id=id),
    )
    return dropdown


def menu_item(
    label: str, *, id: Id | None = None, href: str | None = None, icon: str | None = None, danger: bool = False, opens: str | None = None
) -> Component:
    face = html.Span(_face(label, icon, bare=False), className="menu-face", **data(opens=opens))
    item: Component = dbc.DropdownMenuItem(face, className="menu-danger" if danger else "", n_clicks=0, **given(id=id, href=href))
    return item


def confirm(prefix: str, title: str, text: str | Component | Sequence[Component], verb: str, *, danger: bool = True) -> dbc.Modal:
    """A question before something that cannot be undone. Open it with ``opens=f"{prefix}-confirm"``; the answer is the
    ``n_clicks`` of ``f"{prefix}-confirm-yes"``. Both buttons close it by themselves."""
    dialog = f"{prefix}-confirm"
    return dbc.Modal(
        [
            html.Div(
                [html.H2(title, className="dialog-title", id=f"{dialog}-title"), html.Div(text, className="dialog-text")],
                className="dialog-body",
            ),
            html.Div(
                [
                    button("Cancel", id=f"{dialog}-no", closes=dialog),
                    button(verb, id=f"{dialog}-yes", kind="danger" if danger else "primary", closes=dialog),
                ],
                className="dialog-actions",
            ),
        ],
        id=dialog,
        is_open=False,
        centered=True,
        labelledby=f"{dialog}-title",
        className="dialog",
    )


def _face(label: str, name: str | None, *, bare: bool) -> list[Component]:
    text = html.Span(label, className="visually-hidden" if bare else "face-label")
    return [icon(name), text] if name else [text]


def _classes(kind: Kind, *, small: bool, bare: bool) -> str:
    return f"btn btn-{kind} {_shape(small=small, bare=bare)}".rstrip()


def _shape(*, small: bool, bare: bool) -> str:
    return " ".join([*(["btn-sm"] if small else []), *(["btn-bare"] if bare else [])])
