"""The floor: the least that this server, driver and database can do for a call that takes or gives JSON.

The same uvicorn, FastAPI, SQLAlchemy and driver as the service, with the service's own engine settings, and nothing
else of the service. `/rows` takes a JSON document as FastAPI takes it, puts it in one row with one INSERT, commits,
and gives it back by id with one SELECT. `/bytes` does not even look whether it is JSON: it is told for information.
"""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from sqlalchemy import JSON, Column, MetaData, Table, Text, Uuid, bindparam, select

from app.store.database import Database

metadata = MetaData()
rows = Table(
    "floor_rows", metadata, Column("id", Uuid, primary_key=True), Column("document", JSON, nullable=False)
)
texts = Table(
    "floor_texts", metadata, Column("id", Uuid, primary_key=True), Column("document", Text, nullable=False)
)
_insert, _insert_text = rows.insert(), texts.insert()
_by_id = select(rows.c.document).where(rows.c.id == bindparam("id"))
_text_by_id = select(texts.c.document).where(texts.c.id == bindparam("id"))


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
    async def insert(document: dict[str, Any]) -> dict[str, Any]:
        row_id = uuid.uuid4()
        async with database.writing() as connection:
            await connection.execute(_insert, {"id": row_id, "document": document})
        return {"id": row_id}

    @app.get("/rows/{row_id}")
    async def read(row_id: uuid.UUID) -> dict[str, Any]:
        async with database.reading() as connection:
            document: dict[str, Any] = (await connection.execute(_by_id, {"id": row_id})).scalar_one()
        return document

    @app.post("/bytes", status_code=201)
    async def insert_bytes(request: Request) -> Response:
        row_id = uuid.uuid4()
        text = (await request.body()).decode()
        async with database.writing() as connection:
            await connection.execute(_insert_text, {"id": row_id, "document": text})
        return Response(f'{{"id":"{row_id}"}}', 201, media_type="application/json")

    @app.get("/bytes/{row_id}")
    async def read_bytes(row_id: uuid.UUID) -> Response:
        async with database.reading() as connection:
            text = (await connection.execute(_text_by_id, {"id": row_id})).scalar_one()
        return Response(text, media_type="application/json")

    return app


def app() -> FastAPI:
    """For `uvicorn --factory`."""
    return create_floor(os.environ["AMTDP_DATABASE_URL"])
