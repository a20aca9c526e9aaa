"""The doors: signing in and out, setting up the workspace, accepting an invitation. Rendered here, without Dash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from core.errors import AstralytiqError
from core.operations.accounts import Accounts
from core.operations.people import SignedIn
from web import index, problems, session
from web.session import asker, csrf_token
from web.shelf import Shelf


def register(server: Flask, accounts: Accounts, shelf: Shelf) -> None:
    doors = Blueprint("doors", __name__)
    for add in (_sign_in, _set_up, _invitation):
        add(doors, accounts)
    server.register_blueprint(doors)

    @server.context_processor
    def dress() -> dict[str, Any]:
        return {
            "first": index.first_script(),
            "entry_style": shelf.url(index.ENTRY_STYLE),
            "font": shelf.url(index.FONT),
            "icon": shelf.url(index.ICON),
        }


def _sign_in(doors: Blueprint, accounts: Accounts) -> None:
    @doors.get("/login")
    def sign_in_page() -> Response:
        wanted = local(request.args.get("next", ""))
        if asker() is not None:
            return redirect(wanted)
        if accounts.setup_needed():
            return redirect("/setup")
        return _page("sign_in.html", next=wanted)

    @doors.post("/login")
    def sign_in() -> Response:
        wanted = local(request.form.get("next", ""))
        return _enter(
            lambda: accounts.sign_in(_field("email"), _field("password"), address=_address(), agent=_agent()),
            "sign_in.html",
            wanted,
            next=wanted,
            email=_field("email"),
        )

    @doors.post("/logout")
    def sign_out() -> Response:
        session.end(accounts)
        return redirect("/login", 303)


def _set_up(doors: Blueprint, accounts: Accounts) -> None:
    @doors.get("/setup")
    def set_up_page() -> Response:
        return _page("set_up.html") if accounts.setup_needed() else redirect("/login")

    @doors.post("/setup")
    def set_up() -> Response:
        code, email, name = _field("code"), _field("email"), _field("name")
        return _enter(
            lambda: accounts.setup(code, email, name, _field("password"), address=_address(), agent=_agent()),
            "set_up.html",
            code=code,
            email=email,
            name=name,
        )


def _invitation(doors: Blueprint, accounts: Accounts) -> None:
    @doors.get("/invitation/<token>")
    def invitation_page(token: str) -> Response:
        return _page("invitation.html", invitation=accounts.invitation(token))

    @doors.post("/invitation/<token>")
    def accept_invitation(token: str) -> Response:
        name = _field("name")
        return _enter(
            lambda: accounts.accept_invitation(token, name, _field("password"), address=_address(), agent=_agent()),
            "invitation.html",
            invitation=accounts.invitation(token),
            name=name,
        )


def local(address: str) -> str:
    """*address* if it stays on this server, else the home page."""
    stays = address.startswith("/") and not address.startswith("//")
    return address if stays and address.isprintable() and "\\" not in address else "/"


def _enter(attempt: Callable[[], SignedIn], template: str, destination: str = "/", **values: Any) -> Response:
    """Signs in by *attempt* and goes to *destination*; on failure the form again, with the reason."""
    try:
        signed_in = attempt()
    except AstralytiqError as error:
        if problems.wants_json():
            return problems.in_words(error)
        response = _page(template, error=error, **values)
        response.status_code = problems.status_of(error)
        if retry_after := getattr(error, "retry_after", None):
            response.headers["Retry-After"] = str(retry_after)
        return response
    session.begin(signed_in.token, signed_in.principal)
    if problems.wants_json():
        return jsonify({"user_id": signed_in.principal.user_id})
    return redirect(destination, 303)


def _page(template: str, **values: Any) -> Response:
    response = make_response(render_template(template, csrf_token=csrf_token(), **values))
    response.headers["Content-Encoding"] = "identity"  # see web/compression.py: it holds the token beside what was typed
    return response


def _field(name: str) -> str:
    return request.form.get(name, "")


def _address() -> str:
    return request.remote_addr or ""


def _agent() -> str:
    return request.user_agent.string
