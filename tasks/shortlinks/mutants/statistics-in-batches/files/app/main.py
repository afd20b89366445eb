"""The application: settings, database and routes put together. Run with `uvicorn app.main:app`."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.auth import TokenBook
from app.config import Settings
from app.database import Database
from app.errors import install_error_handlers
from app.routes import public, router
from app.service import LinkService


def create_app(settings: Settings) -> FastAPI:
    """An application that opens its database when it starts and closes it when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.database_path)
        app.state.links = LinkService(database)
        app.state.tokens = TokenBook(settings.names_by_token)
        yield
        app.state.links.flush()
        database.close()

    app = FastAPI(title="Short link API", version="1.0", lifespan=lifespan)
    install_error_handlers(app)
    app.include_router(public)
    app.include_router(router)
    return app


app = create_app(Settings.from_env(os.environ))
