"""How gunicorn serves ``app:server``: from the same settings as everything else."""

from __future__ import annotations

from core.operations import logs
from core.settings import Settings

_settings = Settings.from_environment()

bind = f"{_settings.host}:{_settings.port}"
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
accesslog = None  # the outer layer logs requests, with their ids
logconfig_dict = {"version": 1, "disable_existing_loggers": False}


def post_fork(_server: object, _worker: object) -> None:
    logs.configure(_settings.log_format)
