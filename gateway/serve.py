"""Runs the gateway: uvicorn on the loopback address, nothing else."""

from __future__ import annotations

import ipaddress

import uvicorn

from fmw.errors import SettingsError
from fmw.settings import Settings
from gateway.app import create_app
from gateway.protocol import Protocol

HOST = "127.0.0.1"
TRUSTED = ["127.0.0.1", "::1"]
"""Who is believed when X-Forwarded-For says whom it asks for: the proxy on this machine."""
GRACE = 10
"""Seconds that answers under way get when the service stops."""


def serve(settings: Settings, host: str = HOST) -> None:
    """Serve until Ctrl-C or SIGTERM; raises `SettingsError` for a host that is not loopback."""
    if not ipaddress.ip_address(host).is_loopback:
        raise SettingsError(f"the gateway does not listen on {host}", hint="put nginx in front")
    uvicorn.run(
        create_app(settings),
        host=host,
        port=settings.gateway_port,
        http=Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=TRUSTED,
        timeout_graceful_shutdown=GRACE,
    )
