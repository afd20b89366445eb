"""The application: settings, database and routes put together. Run with `uvicorn app.main:app`."""

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.config import Settings
from app.database import Database
from app.errors import install_error_handlers
from app.passwords import Passwords
from app.routes import router
from app.service import AccountService


def create_app(
    settings: Settings, passwords: Passwords | None = None, clock: Callable[[], float] = time.time
) -> FastAPI:
    """An application that opens its database when it starts and closes it when it stops."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.database_path)
        app.state.accounts = AccountService(database, passwords or Passwords(), settings, clock)
        yield
        database.close()

    app = FastAPI(title="Account API", version="1.0", lifespan=lifespan)
    install_error_handlers(app)
    app.include_router(router)
    return app


app = create_app(Settings.from_env(os.environ))
