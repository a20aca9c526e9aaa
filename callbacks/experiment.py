"""One experiment: follows its training, and does what its buttons say."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, no_update, set_props
from dash.exceptions import PreventUpdate

from callbacks.feedback import toast
from callbacks.following import FOLLOWER, Followers
from core.errors import AstralytiqError, Invalid, NotFound
from core.ml.experiments import Explained
from core.principal import Principal
from core.workspace import Workspace
from layouts import experiment_explain, shell
from layouts.experiment import Ids, Shown, body, live, now
from layouts.experiments import state
from layouts.visit import Visit
from web.session import current

_TABS = ("results", "explain", "setup")


def load(workspace: Workspace, visit: Visit) -> Shown:
    tab = visit.params.get("tab", "results")
    if tab not in _TABS:
        raise NotFound("An experiment has no such tab.")
    numbers = {name: int(text) if (text := visit.query.get(name, "")).isdecimal() and len(text) < 16 else None for name in ("run", "row")}
    return _shown(workspace, visit.who, {"experiment": int(visit.params["experiment_id"]), "tab": tab, **numbers})


def register(app: Dash, workspace: Workspace) -> None:
    _register_watching(app, workspace)
    _register_in_browser(app)
    _register_actions(app, workspace)
    _register_explaining(app, workspace)


def _register_watching(app: Dash, workspace: Workspace) -> None:
    followers = Followers(workspace.settings.data_dir / "followers")

    @app.callback(
        output=Output(Ids.BODY, "children"),
        inputs={"follow": Input(Ids.FOLLOW, "data"), "place": State(Ids.PLACE, "data")},
        background=True,
        manager=followers,
        interval=1_000,
        progress=[Output(Ids.LIVE, "children"), Output(Ids.STATE, "children"), Output(Ids.NOW, "data")],
        running=[(Output(Ids.TICK, "disabled"), True, False)],
        cancel=[Input(Ids.CANCEL, "n_clicks")],
    )
    def follow_training(set_progress: Any, follow: dict[str, Any], place: dict[str, Any]) -> Any:  # noqa: ARG001 - Dash files its answer by the arguments, and *follow* tells one page from all others
        """In a thread of its own (callbacks/following.py); the interval takes over when it ends before the training does."""
        follower = FOLLOWER.get()
        shown = _shown(workspace, follower.who, place)
        while shown.is_busy:
            set_progress([live(shown), state(shown.experiment.status), now(shown)])
            if not follower.goes_on():
                raise PreventUpdate
            shown = _shown(workspace, follower.who, place)
        # Not an output: what listens to one is not called before all this ends.
        set_progress([[], state(shown.experiment.status), now(shown)])
        return body(shown)

    followers.leave_registry()

    @app.callback(
        output={
            "body": Output(Ids.BODY, "children", allow_duplicate=True),
            "live": Output(Ids.LIVE, "children"),
            "now": Output(Ids.NOW, "data", allow_duplicate=True),
            "state": Output(Ids.STATE, "children"),
            "done": Output(Ids.TICK, "disabled"),
        },
        inputs={"_": Input(Ids.TICK, "n_intervals"), "place": State(Ids.PLACE, "data")},
        prevent_initial_call=True,
    )
    def look_again(_: int | None, place: dict[str, Any]) -> dict[str, Any]:
        shown = _shown(workspace, current(), place)
        if shown.is_busy:
            return {"body": no_update, "live": live(shown), "now": now(shown), "state": state(shown.experiment.status), "done": False}
        return {"body": body(shown), "live": no_update, "now": now(shown), "state": no_update, "done": True}


def _register_in_browser(app: Any) -> None:
    """assets/js/training.js does this. (Dash leaves clientside_callback untyped, hence Any.)"""
    app.clientside_callback(
        ClientsideFunction("training", "show"), Output(Ids.RANKING, "children"), Input(Ids.NOW, "data"), prevent_initial_call=True
    )


def _register_actions(app: Dash, workspace: Workspace) -> None:
    experiments = workspace.experiments

    @app.callback(
        output=Output(Ids.LIVE, "children", allow_duplicate=True),
        inputs={"clicks": Input(Ids.CANCEL, "n_clicks"), "place": State(Ids.PLACE, "data")},
        prevent_initial_call=True,
    )
    def cancel(clicks: int | None, place: dict[str, Any]) -> Any:
        if not clicks:
            raise PreventUpdate
        experiments.cancel(current(), place["experiment"])
        return live(_shown(workspace, current(), place))

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(Ids.RETRY, "n_clicks"), "place": State(Ids.PLACE, "data")},
        prevent_initial_call=True,
    )
    def try_again(clicks: int | None, place: dict[str, Any]) -> str:
        if not clicks:
            raise PreventUpdate
        again = experiments.retry(current(), place["experiment"])
        return f"/experiments/{again.id}?attempt={(again.job.attempt if again.job else 0) + 1}"

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(f"{Ids.DELETE}-confirm-yes", "n_clicks"), "place": State(Ids.PLACE, "data")},
        prevent_initial_call=True,
    )
    def delete(clicks: int | None, place: dict[str, Any]) -> str:
        if not clicks:
            raise PreventUpdate
        experiments.delete(current(), place["experiment"])
        return "/experiments"

    @app.callback(
        output=Output(shell.Ids.LOCATION, "href", allow_duplicate=True),
        inputs={"clicks": Input(Ids.REGISTER_SAVE, "n_clicks"), "name": State(Ids.NAME, "value"), "place": State(Ids.PLACE, "data")},
        running=[(Output(Ids.REGISTER_SAVE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def register_model(clicks: int | None, name: str | None, place: dict[str, Any]) -> str:
        if not clicks:
            raise PreventUpdate
        shown = _shown(workspace, current(), place)
        if shown.run is None:
            raise Invalid("There is no finished model to register.")
        version = workspace.models.register(current(), shown.run.id, (name or "").strip())
        toast("positive", "Model registered", f"{version.model} version {version.number} answers from now on.")
        return f"/models/{version.model}"


def _register_explaining(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        output=Output(experiment_explain.Ids.ANSWER, "children"),
        inputs={
            "_": (Input(experiment_explain.Ids.ASK, "n_clicks"), Input(experiment_explain.Ids.ROW, "n_submit")),
            "row": State(experiment_explain.Ids.ROW, "value"),
            "place": State(Ids.PLACE, "data"),
        },
        running=[(Output(experiment_explain.Ids.ASK, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def explain_row(_: Any, row: float | None, place: dict[str, Any]) -> Any:
        if not any(_):
            raise PreventUpdate
        if row is None or row != int(row) or row < 0:
            raise Invalid("Give the number of a row: 0 or a whole number above.", field="row")
        shown = _shown(workspace, current(), {**place, "row": int(row)})
        run = shown.run.id if shown.run else ""
        set_props(shell.Ids.ADDRESS, {"data": f"/experiments/{shown.experiment.id}/explain?run={run}&row={int(row)}"})
        return experiment_explain.answer(shown.explained)


def _shown(workspace: Workspace, who: Principal, place: dict[str, Any]) -> Shown:
    experiment = workspace.experiments.get(who, int(place["experiment"]))
    wanted, tab, row = place.get("run"), str(place.get("tab")), place.get("row")
    # Unless one was asked for, results wait for the best: shown before it is finished, another would stay in its place.
    best = None if tab == "results" and not experiment.status.is_final else next(iter(experiment.runs), None)
    run = next((each for each in experiment.runs if each.id == wanted), best)
    detail = workspace.experiments.detail(who, run.id) if run is not None and tab != "setup" else {}
    explained: Explained | AstralytiqError | None = None
    if run is not None and tab == "explain" and row is not None:
        explained = workspace.experiments.explain(who, run.id, int(row))
    return Shown(who, experiment, tab, run, detail, row, explained, token_urlsafe(9))
