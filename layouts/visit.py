"""What a page knows of the one who looks at it. (Apart from layouts/pages.py, which imports every layout.)"""

from __future__ import annotations

from dataclasses import dataclass

from core.principal import Principal


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a page: *params* are the parts of the path in braces, *query* what stands behind the question mark."""

    path: str
    params: dict[str, str]
    query: dict[str, str]
    who: Principal
