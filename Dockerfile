# Builds the environment in one stage, as `./run` does (which then finds it ready), and copies it into a slim one that runs as nobody in
# particular.
FROM python:3.11-slim AS build
WORKDIR /srv/astralytiq
COPY requirements requirements
RUN requirements/install.sh run && rm -rf .venv/uv

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 astralytiq && install -d -o astralytiq /var/lib/astralytiq
WORKDIR /srv/astralytiq
COPY --from=build /srv/astralytiq/.venv .venv
COPY . .
USER 10001
ENV ASTRALYTIQ_DATA_DIR=/var/lib/astralytiq ASTRALYTIQ_HOST=0.0.0.0 ASTRALYTIQ_PORT=8050 PYTHONPATH=/srv/astralytiq PYTHONUNBUFFERED=1
VOLUME /var/lib/astralytiq
EXPOSE 8050
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s \
    CMD [".venv/bin/python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"ASTRALYTIQ_PORT\"]}/readyz', timeout=2)"]
# What ./run does once everything is installed: nobody in particular may not install anything here.
ENTRYPOINT [".venv/bin/python", "-m", "web.console"]
