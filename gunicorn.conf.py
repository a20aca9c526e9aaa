"""How gunicorn serves ``app:server``: from the same settings as everything else."""

from __future__ import annotations

import logging
import socket

from gunicorn import util
from gunicorn.config import Config
from gunicorn.glogging import Logger

from core.operations import logs
from core.settings import Settings

_settings = Settings.from_environment()

bind = _settings.listening
workers = _settings.workers
worker_class = "gthread"
threads = _settings.threads
timeout = _settings.query_timeout_s + 60
graceful_timeout = 10
keepalive = 75
max_requests = 0
limit_request_line = 8190
limit_request_field_size = 16380
worker_tmp_dir = "/dev/shm"  # noqa: S108 - only a heartbeat file, and a disk under load must not stop it
control_socket_disable = True
accesslog = None  # the outer layer logs requests, with their ids


def _write_error(client: socket.socket, status: int, reason: str, message: str) -> None:
    from web.outer import unread  # noqa: PLC0415 - the workers, who write errors, have it loaded
    from web.policy import Policy  # noqa: PLC0415

    util.write_nonblock(client, unread(Policy.of(_settings), status, message or reason))


util.write_error = _write_error  # gunicorn's own page lacks our headers, is HTML for the API too, and there is no setting for it


class logger_class(Logger):  # noqa: N801 - gunicorn's name for the setting
    """Leaves formatting to the one formatter of the process."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for name in ("gunicorn.error", "gunicorn.access"):
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).propagate = name == "gunicorn.error"
        logs.configure(_settings.log_format)
