"""The app: every route behind one gate, every error a problem object."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version
from itertools import chain
from typing import Any

from litestar import Litestar, Request, Router
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.pydantic import PydanticPlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import ControllerRouterHandler

from ...application.planner import Planner
from ...domain.access.actor import Actor
from . import (
    audit,
    backfill,
    baselines,
    configs,
    cutover,
    health,
    input_comparison,
    input_events,
    input_export,
    input_import,
    input_keeping,
    input_pack,
    input_reading,
    input_review,
    jobs,
    legacy_inputs,
    maintenance,
    plan_comparison,
    plan_editing,
    plan_explanation,
    plan_export,
    plan_listing,
    plan_pivot,
    plan_reconciliation,
    plan_replacing,
    plan_review,
    plan_tracing,
    plans,
    runs,
    series,
    storage,
    tokens,
)
from .access import Gate, permission_of
from .bodies import JSON_BYTES, StrictRequest
from .correlation import add_headers
from .problems import answer

_CONTEXTS = (
    health,
    configs,
    input_import,
    input_reading,
    input_export,
    input_events,
    input_comparison,
    input_review,
    input_keeping,
    legacy_inputs,
    input_pack,
    plans,
    plan_export,
    plan_listing,
    plan_replacing,
    plan_review,
    plan_editing,
    plan_tracing,
    plan_comparison,
    plan_explanation,
    plan_pivot,
    plan_reconciliation,
    baselines,
    series,
    runs,
    jobs,
    storage,
    cutover,
    backfill,
    audit,
    maintenance,
    tokens,
)
_PARTS_AT_MOST = 100


def create_app(planner: Planner) -> Litestar:
    """The HTTP API over a planner, which stays the caller's: the app neither opens nor closes it.

    Mount it under a prefix by setting ``root_path`` in the scope, as ASGI hosts do.  A host that verified its user
    itself puts an ``Actor`` into the scope under ``planvault.actor``.

    Raises:
        TypeError: a route declares no permission.
    """
    app = Litestar(
        list(chain.from_iterable(context.HANDLERS for context in _CONTEXTS)),
        dependencies={
            "planner": Provide(lambda: planner, sync_to_thread=False),
            "actor": Provide(_actor, sync_to_thread=False),
        },
        guards=[Gate(planner).admit],
        exception_handlers={Exception: answer},
        before_send=[add_headers],
        plugins=[PydanticPlugin(validate_strict=True)],
        request_class=StrictRequest,
        request_max_body_size=JSON_BYTES,
        multipart_form_part_limit=_PARTS_AT_MOST,
        openapi_config=_described(),
        logging_config=None,
        debug=False,
    )
    require_permissions(app.routes)
    return app


def require_permissions(routes: Iterable[BaseRoute]) -> None:
    """Let routes pass that all declare a permission.

    Raises:
        TypeError: one does not, or answers otherwise than by HTTP.
    """
    for route in routes:
        if not isinstance(route, HTTPRoute):
            raise TypeError(f"the route {route.path} is not one of HTTP")
        for handler in route.route_handlers:
            permission_of(handler)


def _actor(request: Request[Any, Any, Any]) -> Actor | None:
    actor: Actor | None = request.scope["user"]
    return actor


class _NoPages(Router):
    """Takes none of the pages that Litestar offers for a description: they load scripts from elsewhere."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        """Register nothing; ``health.get_openapi`` gives the description."""
        del value
        return []


def _described() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="planvault",
        version=version("planvault"),
        description="Plans, their inputs, who approved them, and what became of them.",
        openapi_router=_NoPages(path="/schema", route_handlers=[]),
        render_plugins=[JsonRenderPlugin()],
        components=Components(
            security_schemes={"token": SecurityScheme(type="http", scheme="bearer", description="An access token.")}
        ),
        security=[{"token": []}, {}],
        use_handler_docstrings=True,
    )
