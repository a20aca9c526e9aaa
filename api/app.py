"""The REST face of the workspace. Mounted at /api by app.py, or alone: ``uvicorn api.app:api``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from api import auth, charts, dashboards, datasets, experiments, jobs, models
from api.problems import Problem, answers, translate
from core.operations import logs
from core.settings import Settings
from core.workspace import Workspace, open_workspace
from web.outer import AsgiOuter

STATIC = Path(__file__).parent / "static"
ROUTERS = (
    auth.router,
    datasets.router,
    charts.router,
    dashboards.router,
    experiments.router,
    experiments.runs_router,
    models.router,
    jobs.router,
)


def build(workspace: Workspace) -> FastAPI:
    """The API of *workspace*, below /api."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json", redirect_slashes=False)
    app.state.workspace = workspace
    for router in ROUTERS:
        app.include_router(router)
    translate(app, workspace)
    app.mount("/static", StaticFiles(directory=STATIC))
    app.openapi = lambda: _description(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend the description

    @app.get("/docs", include_in_schema=False)
    def docs() -> FileResponse:
        return FileResponse(STATIC / "docs.html")

    return app


def alone(app: FastAPI) -> ASGIApp:
    """*app* below /api without a server that mounts it there."""

    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "root_path": "/api"}, receive, send)

    return mounted


def _description(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title="AstralytiQ API",
            version="1.0",
            description="Everything that the pages do, for programs. Errors are problem+json (RFC 9457).",
            routes=app.routes,
            servers=[{"url": "/api"}],
        )
        schema["components"]["schemas"].pop("HTTPValidationError", None)
        schema["components"]["schemas"].pop("ValidationError", None)
        schema["components"]["schemas"]["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}") | {
            "$defs": None
        }
        schema["components"]["schemas"]["Problem"].pop("$defs")
        schema["components"]["schemas"]["FieldError"] = Problem.model_json_schema()["$defs"]["FieldError"]
        for operations in schema["paths"].values():
            for operation in operations.values():
                _complete(operation)
        app.openapi_schema = schema
    return app.openapi_schema


def _complete(operation: dict[str, Any]) -> None:
    """Says what FastAPI leaves out: that signing in needs no token, and what the outermost layer answers to a body."""
    operation.setdefault("security", [])
    if "requestBody" in operation:
        operation["responses"] |= {str(status): meaning for status, meaning in answers(411, 413).items() if status in (411, 413)}


def __getattr__(name: str) -> Any:
    # Opened only when a server asks for it by name: importing this module opens nothing.
    if name != "api":
        raise AttributeError(name)
    settings = Settings.from_environment()
    logs.configure(settings.log_format)
    return AsgiOuter(alone(build(open_workspace(settings))), settings)
