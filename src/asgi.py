"""The HTTP API for ASGI hosts: ``planvault.asgi.create_app(planner)``, to serve or to mount under a prefix."""

from __future__ import annotations

from .adapters.api.app import create_app

__all__ = ["create_app"]
