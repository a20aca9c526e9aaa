"""For load balancers and people with a pager: is it alive, is it ready."""

from __future__ import annotations

from flask import Flask, Response, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

from core.operations.health import Health


def register(server: Flask, health: Health, icon: str) -> None:
    """*icon* is the address of the site's icon, for browsers that guess one."""

    @server.get("/healthz")
    def alive() -> Response:
        return jsonify({"status": "alive"})

    @server.get("/readyz")
    def ready() -> Response:
        checks = health.ready()
        is_ready = all(check.ok for check in checks.values())
        response = jsonify(
            {
                "status": "ready" if is_ready else "not ready",
                "checks": {name: {"ok": check.ok, "detail": check.detail} for name, check in checks.items()},
            }
        )
        response.status_code = 200 if is_ready else 503
        return response

    @server.get("/favicon.ico")
    def favicon() -> AnyResponse:
        return redirect(icon)

    @server.get("/robots.txt")
    def robots() -> Response:
        return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")
