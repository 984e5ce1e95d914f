# liangqu as a service: non-root, state in /var/lib/liangqu, settings in /etc/liangqu/liangqu.toml.
#   docker build -t liangqu .
#   docker run -v liangqu-state:/var/lib/liangqu -v ./liangqu.toml:/etc/liangqu/liangqu.toml:ro liangqu
# Every package is the one whose sum stands in deploy/requirements.lock; `./do lock` renews it. Behind a mirror or an
# authority of your own: PIP_INDEX_URL, and PIP_CERT=/src/NAME.crt with the file as deploy/NAME.crt.
FROM python:3.11-slim-bookworm AS build
ARG PIP_INDEX_URL=https://pypi.org/simple
ARG PIP_CERT=
WORKDIR /src
COPY deploy/requirements.lock deploy/requirements-build.lock deploy/*.crt ./
RUN python -m venv /opt/liangqu && python -m venv /opt/build \
    && /opt/liangqu/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml LICENSE README.md ./
COPY alerts alerts
COPY dashboards dashboards
COPY ingest ingest
COPY liangqu liangqu
COPY sensors sensors
RUN /opt/build/bin/pip wheel --no-cache-dir --no-index --no-build-isolation --no-deps --wheel-dir /wheel . \
    && /opt/liangqu/bin/pip install --no-cache-dir --no-index --no-deps /wheel/*.whl

FROM python:3.11-slim-bookworm
# For `liangqu report --pdf`: pango, and a font that has Chinese.
RUN apt-get update && apt-get install -y --no-install-recommends \
        fonts-noto-cjk libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /var/lib/liangqu --create-home liangqu \
    && mkdir /etc/liangqu && touch /etc/liangqu/liangqu.toml
COPY --from=build /opt/liangqu /opt/liangqu
ENV PATH=/opt/liangqu/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LIANGQU_CONFIG=/etc/liangqu/liangqu.toml \
    LIANGQU_JOURNAL__PATH=/var/lib/liangqu/journal.db \
    LIANGQU_SQLITE__PATH=/var/lib/liangqu/liangqu.db
USER liangqu
WORKDIR /var/lib/liangqu
VOLUME /var/lib/liangqu
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["liangqu"]
CMD ["run"]
