"""How a page is laid out: head, sections, cards, tabs, small facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from layouts.components import format as words
from layouts.components.actions import icon
from layouts.components.actions import menu as menu_of
from layouts.components.attributes import aria, given

Children = str | Component | Sequence[str | Component] | None


def page_head(
    title: str,
    *,
    crumbs: Sequence[tuple[str, str]] = (),
    status: Children = None,
    action: Component | None = None,
    menu: Sequence[Component] = (),
) -> html.Header:
    """Breadcrumb, title, one line of status, the one primary *action*; the rest are `menu_item` in the *menu*."""
    parts: list[Component] = []
    if crumbs:
        links = [html.Li(html.A(label, href=href, className="crumb")) for label, href in crumbs]
        parts.append(html.Nav(html.Ol(links, className="crumbs"), **aria(label="Breadcrumb")))
    actions = [*([action] if action is not None else []), *([menu_of("More actions", menu, icon="ellipsis")] if menu else [])]
    words: list[Component] = [html.H1(title, className="page-title", tabIndex="-1")]
    if status is not None:
        words.append(html.Div(status, className="page-status"))
    line: list[Component] = [html.Div(words, className="page-words")]
    if actions:
        line.append(html.Div(actions, className="page-actions"))
    parts.append(html.Div(line, className="page-title-line"))
    return html.Header(parts, className="page-head")


def card(
    children: Children,
    *,
    title: str | None = None,
    actions: Children = None,
    id: str | None = None,
    hint: str | Component | None = None,
    flush: bool = False,
) -> html.Section:
    """*flush* lets a table or chart touch the card's edges."""
    parts: list[Component] = []
    if title or actions is not None:
        text: list[Component] = [html.H2(title, className="card-heading")] if title else []
        if hint:
            text.append(html.P(hint, className="card-hint"))
        head: list[Component] = [html.Div(text, className="card-words")]
        if actions is not None:
            head.append(html.Div(actions, className="card-actions"))
        parts.append(html.Div(head, className="card-head"))
    parts.append(html.Div(children, className="card-content card-flush" if flush else "card-content"))
    return html.Section(parts, className="panel", **given(id=id))


def section(title: str, children: Children, *, hint: str | None = None, action: Component | None = None) -> html.Section:
    """A heading over content that has no frame of its own."""
    text: list[Component] = [html.H2(title, className="section-title")]
    if hint:
        text.append(html.P(hint, className="section-hint"))
    head: list[Component] = [html.Div(text)]
    if action is not None:
        head.append(action)
    return html.Section([html.Div(head, className="section-head"), html.Div(children, className="section-content")], className="section")


def grid(children: Sequence[Component], *, narrow: bool = False) -> html.Div:
    """Equal columns, as many as fit: cards of at least 320 px, or 200 px when *narrow*."""
    return html.Div(list(children), className="tiles tiles-narrow" if narrow else "tiles")


def metric_card(
    label: str,
    value: Children,
    *,
    exact: str | None = None,
    delta: Children = None,
    hint: str | None = None,
    href: str | None = None,
) -> html.Div:
    """One number. *exact* shows on hover when *value* is rounded; *delta* says how it moved, *hint* what it is over."""
    figure = html.Div(value, className="metric-value", **given(title=exact))
    name = html.A(label, href=href, className="metric-link") if href else label
    parts: list[Component] = [html.Div(name, className="metric-label"), figure]
    if delta is not None or hint:
        notes: list[Component] = [] if delta is None else [html.Span(delta, className="metric-delta")]
        if hint:
            notes.append(html.Span(hint))
        parts.append(html.Div(notes, className="metric-hint"))
    return html.Div(parts, className="panel metric metric-linked" if href else "panel metric")


def tabs(links: Sequence[tuple[str, str]], active_href: str, *, label: str = "Views", small: bool = False) -> html.Nav:
    """Tabs are addresses; each is a link. *small* ones choose within a tab."""
    return html.Nav(
        [html.A(text, href=href, className="tab-link", **aria(current="page" if href == active_href else None)) for text, href in links],
        className="tab-row tab-row-small" if small else "tab-row",
        **aria(label=label),
    )


def tag(text: str, *, title: str | None = None, icon_name: str | None = None) -> html.Span:
    return html.Span([icon(icon_name), text] if icon_name else text, className="tag", **given(title=title))


def properties(pairs: Iterable[tuple[str, Children]], *, inline: bool = False) -> html.Dl:
    """Names and values; *inline* puts them in one line, as under a title."""
    rows = [html.Div([html.Dt(name), html.Dd(value)], className="property") for name, value in pairs]
    return html.Dl(rows, className="properties properties-inline" if inline else "properties")


def rounded(value: words.Number | None) -> html.Span:
    """A compact number with the exact one on hover."""
    return html.Span(words.compact(value), title=words.number(value), className="num")


def when(at: datetime | None, now: datetime | None = None) -> Component:
    """How long ago, with the moment on hover."""
    if at is None:
        return html.Span(words.ABSENT)
    return html.Time(words.ago(at, now), dateTime=at.isoformat(), title=words.moment(at))


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a `listing`: where it leads, a few words about it, and at the end what changes (a state, a moment)."""

    label: str
    href: str
    hint: str = ""
    aside: str | Component | None = None
    icon: str | None = None


def listing(items: Sequence[Item]) -> html.Ul:
    """Things that can be opened, one a line."""
    return html.Ul([html.Li(_line(item), className="listing-item") for item in items], className="listing")


def _line(item: Item) -> list[Component]:
    text: list[Component] = [html.A(item.label, href=item.href, className="listing-label")]
    if item.hint:
        text.append(html.Span(item.hint, className="listing-hint"))
    parts: list[Component] = [icon(item.icon)] if item.icon else []
    parts.append(html.Div(text, className="listing-words"))
    if item.aside is not None:
        parts.append(html.Div(item.aside, className="listing-aside"))
    return parts
