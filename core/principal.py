"""Who asks, and what they may do: the whole policy on one screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from core.errors import Refused


@unique
class Permission(StrEnum):
    ACCOUNT_MANAGE = "account:manage"
    AUDIT_READ = "audit:read"
    CHART_READ = "chart:read"
    CHART_WRITE = "chart:write"
    DASHBOARD_READ = "dashboard:read"
    DASHBOARD_WRITE = "dashboard:write"
    DATASET_DELETE = "dataset:delete"
    DATASET_READ = "dataset:read"
    DATASET_WRITE = "dataset:write"
    EXPERIMENT_READ = "experiment:read"
    EXPERIMENT_RUN = "experiment:run"
    GALLERY_READ = "gallery:read"
    JOB_MANAGE = "job:manage"
    JOB_READ = "job:read"
    MODEL_PREDICT = "model:predict"
    MODEL_READ = "model:read"
    MODEL_WRITE = "model:write"
    SAMPLE_LOAD = "sample:load"


@unique
class Role(StrEnum):
    ADMIN = "admin"
    DATA_SCIENTIST = "data_scientist"
    ANALYST = "analyst"
    VIEWER = "viewer"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


_VIEWER = frozenset({
    Permission.CHART_READ, Permission.DASHBOARD_READ, Permission.DATASET_READ, Permission.JOB_READ, Permission.MODEL_READ,
})  # fmt: skip
_ANALYST = _VIEWER | {
    Permission.CHART_WRITE, Permission.DASHBOARD_WRITE, Permission.DATASET_WRITE, Permission.EXPERIMENT_READ, Permission.MODEL_PREDICT,
}  # fmt: skip
_SCIENTIST = _ANALYST | {
    Permission.DATASET_DELETE, Permission.EXPERIMENT_RUN, Permission.MODEL_WRITE, Permission.SAMPLE_LOAD,
}  # fmt: skip

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.DATA_SCIENTIST: _SCIENTIST,
    Role.ANALYST: _ANALYST,
    Role.VIEWER: _VIEWER,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """The asker of a request: a signed-in person, or the person a job works for."""

    user_id: int
    email: str
    name: str
    role: Role
    session_id: str | None = None
    theme: str = "system"

    def may(self, permission: Permission) -> bool:
        return permission in GRANTS[self.role]

    def require(self, permission: Permission) -> None:
        """Raises Refused when the role lacks *permission*."""
        if not self.may(permission):
            thing, action = permission.value.split(":")
            raise Refused(
                f"The role {self.role.label} may not {action} {_PLURALS.get(thing, thing + 's')}. Ask an administrator for another role."
            )


_PLURALS = {"audit": "the audit log", "gallery": "the gallery", "sample": "the sample"}
