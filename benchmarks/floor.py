"""The floor: the least that this server, driver and database can do for a call that takes or gives JSON.

The same uvicorn, FastAPI, SQLAlchemy and driver as the service, with the service's own engine settings, and nothing
else of the service: the bytes go into one row as they came, unread, and are committed; a row is read by its id and
leaves as it is stored; a body is copied to a file while it is hashed. No caller is looked up, nothing is parsed or checked, no history is kept.
"""

import hashlib
import os
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import Response
from sqlalchemy import Column, MetaData, Table, Text, Uuid, bindparam, select

from app.store.database import Database

metadata = MetaData()
rows = Table(
    "floor_rows", metadata, Column("id", Uuid, primary_key=True), Column("document", Text, nullable=False)
)
_insert = rows.insert()
_by_id = select(rows.c.document).where(rows.c.id == bindparam("id"))


def create_floor(database_url: str) -> FastAPI:
    database = Database(database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with database.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)
        yield
        await database.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/rows", status_code=201)
    async def insert(request: Request) -> Response:
        row_id = uuid.uuid4()
        document = (await request.body()).decode()
        async with database.engine.begin() as connection:
            await connection.execute(_insert, {"id": row_id, "document": document})
        return Response(f'{{"id":"{row_id}"}}', 201, media_type="application/json")

    @app.get("/rows/{row_id}")
    async def read(row_id: uuid.UUID) -> Response:
        async with database.reader.connect() as connection:
            document = (await connection.execute(_by_id, {"id": row_id})).scalar_one()
        return Response(document, media_type="application/json")

    @app.post("/copies", status_code=201)
    async def copy(request: Request) -> Response:
        digest = hashlib.sha256()
        with tempfile.TemporaryFile() as file:
            async for chunk in request.stream():
                digest.update(chunk)
                file.write(chunk)
        return Response(digest.hexdigest(), 201, media_type="text/plain")

    return app


def app() -> FastAPI:
    """For `uvicorn --factory`."""
    return create_floor(os.environ["AMTDP_DATABASE_URL"])
