"""fastapi-users as its documentation sets it up: SQLAlchemy and aiosqlite, tokens in the database or JWTs.

Runs in an environment of its own (`uvicorn fastapi_users_app:app`), in the folder of its database, once
`python fastapi_users_app.py` made that. STRATEGY is `database` or `jwt`; Argon2 has Rekey's parameters.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI
from fastapi_users import FastAPIUsers, UUIDIDMixin, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.authentication.strategy.db import DatabaseStrategy
from fastapi_users.db import SQLAlchemyBaseUserTableUUID, SQLAlchemyUserDatabase
from fastapi_users.manager import BaseUserManager
from fastapi_users.password import PasswordHelper
from fastapi_users_db_sqlalchemy.access_token import (
    SQLAlchemyAccessTokenDatabase,
    SQLAlchemyBaseAccessTokenTableUUID,
)
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

SECRET = "of a database that lives as long as the benchmark"  # noqa: S105  so it is none
LIFETIME = 3600

engine = create_async_engine("sqlite+aiosqlite:///users.db")
sessions = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def _log_ahead(connection: Any, _record: object) -> None:  # noqa: ANN401  a driver's
    # Kinder than SQLite's default: readers do not wait for a writer.
    connection.execute("PRAGMA journal_mode=WAL")


class Base(DeclarativeBase):
    """The tables."""


class User(SQLAlchemyBaseUserTableUUID, Base):
    """A user."""


class AccessToken(SQLAlchemyBaseAccessTokenTableUUID, Base):
    """A session."""


class UserManager(UUIDIDMixin, BaseUserManager):
    """Users, with nothing of our own."""


async def _session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(_session)]


async def _tokens(session: Session) -> SQLAlchemyAccessTokenDatabase:
    return SQLAlchemyAccessTokenDatabase(session, AccessToken)


async def _manager(session: Session) -> UserManager:
    hasher = Argon2Hasher(time_cost=1, memory_cost=47104, parallelism=1)
    return UserManager(SQLAlchemyUserDatabase(session, User), PasswordHelper(PasswordHash((hasher,))))


def _database(tokens: Annotated[SQLAlchemyAccessTokenDatabase, Depends(_tokens)]) -> DatabaseStrategy:
    return DatabaseStrategy(tokens, lifetime_seconds=LIFETIME)


def _jwt() -> JWTStrategy:
    return JWTStrategy(SECRET, lifetime_seconds=LIFETIME)


strategy = {"database": _database, "jwt": _jwt}[os.environ["STRATEGY"]]
backend = AuthenticationBackend("bearer", BearerTransport("login"), strategy)
users = FastAPIUsers(_manager, [backend])
app = FastAPI()
app.include_router(users.get_auth_router(backend))
app.include_router(users.get_users_router(schemas.BaseUser, schemas.BaseUserUpdate), prefix="/users")


async def found() -> None:
    """Makes the tables and the one user."""
    person = schemas.BaseUserCreate(email=os.environ["PEER_EMAIL"], password=os.environ["PEER_PASSWORD"])
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with sessions() as session:
        await (await _manager(session)).create(person)
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(found())
