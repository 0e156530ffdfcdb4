# The service as it runs in production: migrations are applied at start, nothing is generated, nobody is root.
FROM python:3.13-slim
WORKDIR /srv
COPY requirements.lock pyproject.toml README.md alembic.ini ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY app app
COPY migrations migrations
COPY schemas schemas
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . && useradd --system --create-home amtdp
USER amtdp
ENV AMTDP_MODE=production
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"]
CMD ["amtdp", "serve", "--host", "0.0.0.0", "--port", "8000"]
