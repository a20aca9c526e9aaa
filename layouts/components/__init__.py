"""The parts every page is made of: `from layouts import components as ui`. The gallery at /gallery shows each in every state."""

from layouts.components import format  # noqa: A004 - read as ui.format.number
from layouts.components.actions import button, confirm, icon, link, menu, menu_item
from layouts.components.attributes import aria, data, given
from layouts.components.feedback import banner, empty_state, error_state, progress, skeleton, status
from layouts.components.forms import field, fields, toggle
from layouts.components.structure import Item, card, grid, listing, metric_card, page_head, properties, rounded, section, tabs, tag, when
from layouts.components.table import Col, data_table

__all__ = [
    "Col",
    "Item",
    "aria",
    "banner",
    "button",
    "card",
    "confirm",
    "data",
    "data_table",
    "empty_state",
    "error_state",
    "field",
    "fields",
    "format",
    "given",
    "grid",
    "icon",
    "link",
    "listing",
    "menu",
    "menu_item",
    "metric_card",
    "page_head",
    "progress",
    "properties",
    "rounded",
    "section",
    "skeleton",
    "status",
    "tabs",
    "tag",
    "toggle",
    "when",
]
