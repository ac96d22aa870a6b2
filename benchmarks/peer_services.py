"""The services that Rekey is compared with, as their documentation sets them up, on SQLite.

Each has one person, who signs in as often as a benchmark likes; Argon2 has Rekey's default parameters.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from benchmarks.change_password import Unexpected
from benchmarks.client import spell, spell_any
from benchmarks.installing import LISTS, NODE, folder_of, python_of
from benchmarks.peer import Peer, bearing, found, given, running
from benchmarks.people import PASSWORD
from benchmarks.services import Service, ask, settled
from tests.chat_servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

EMAIL = "mary@example.org"
PERSON = {"PEER_EMAIL": EMAIL, "PEER_PASSWORD": PASSWORD}
#: A service of several processes has as many as there are cores, each with as many threads as gunicorn's
#: documentation suggests to begin with (two to four a core).
CORES = str(os.cpu_count() or 1)
THREADS = "4"
YOGA_ME = spell("/graphql", {"query": "{ me { id } }"})


def _fastapi_users(strategy: str) -> Callable[[Path, bool], AbstractContextManager[Service]]:
    form = urlencode({"username": EMAIL, "password": PASSWORD}).encode()
    login = spell_any("POST", "/login", {"Content-Type": "application/x-www-form-urlencoded"}, form)

    @contextmanager
    def serve(folder: Path, alone: bool) -> Iterator[Service]:
        port, python = free_port(), str(python_of("fastapi-users"))
        found([python, str(LISTS / "fastapi_users_app.py")], folder, STRATEGY=strategy, **PERSON)
        command = [python, "-m", "uvicorn", "fastapi_users_app:app", "--port", str(port)]
        command += ["--no-access-log", "--workers", "1" if alone else CORES]
        with running(command, folder, port, STRATEGY=strategy):
            token, me = given("access_token"), bearing("/users/me")
            yield Service(f"fastapi-users, {strategy}", port, lambda _: login, token, me)

    return serve


@contextmanager
def _allauth(folder: Path, alone: bool) -> Iterator[Service]:
    port, python = free_port(), str(python_of("allauth"))
    found([python, str(LISTS / "allauth_site.py")], folder, **PERSON)
    command = [python, "-m", "gunicorn", "allauth_site:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--threads", THREADS, "--workers", "1" if alone else CORES]
    login = spell("/_allauth/app/v1/auth/login", {"email": EMAIL, "password": PASSWORD})
    with running(command, folder, port):
        yield Service(
            "django-allauth",
            port,
            lambda _: login,
            given("meta", "session_token"),
            lambda token: spell_any("GET", "/_allauth/app/v1/auth/session", {"X-Session-Token": token}),
        )


@contextmanager
def _directus(folder: Path, _alone: bool) -> Iterator[Service]:
    port = free_port()
    environment = {
        "DB_CLIENT": "sqlite3",
        "DB_FILENAME": str(folder / "data.db"),
        "SECRET": f"{PASSWORD}, {PASSWORD}",  # it wants 32 bytes
        "ADMIN_EMAIL": EMAIL,
        "ADMIN_PASSWORD": PASSWORD,
        "ACCESS_TOKEN_TTL": "2h",
        "HASH_MEMORY_COST": "47104",
        "HASH_TIME_COST": "1",
        "HASH_PARALLELISM": "1",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LOG_LEVEL": "warn",
        "TELEMETRY": "false",
        "PRESSURE_LIMITER_ENABLED": "false",  # else it answers 503 instead of reading
    }
    command = [str(folder_of("directus") / "node_modules" / ".bin" / "directus")]
    found([*command, "bootstrap"], folder, **environment)
    login = spell("/auth/login", {"email": EMAIL, "password": PASSWORD})
    token, me = given("data", "access_token"), bearing("/users/me?fields=id")
    with running([*command, "start"], folder, port, **environment):
        service = Service("Directus", port, lambda _: login, token, me)
        _suspend_nobody(service)
        yield service


def _suspend_nobody(service: Service) -> None:
    """Takes Directus's limit on attempts away: it counts a sign-in under way as one that failed."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {settled(service)}"}
    answer = ask(service, spell_any("PATCH", "/settings", headers, b'{"auth_login_attempts": null}'))
    if answer.status != 200:
        raise Unexpected(service.name, answer)


@contextmanager
def _yoga(folder: Path, _alone: bool) -> Iterator[Service]:
    port = free_port()
    # Node looks for packages beside the file.
    script = folder_of("yoga") / "yoga.mjs"
    script.write_text((LISTS / "yoga.mjs").read_text())
    with running(["node", str(script)], folder, port, PORT=str(port)):
        yield Service("graphql-yoga", port, lambda _: YOGA_ME, given("data", "me", "id"), lambda _: YOGA_ME)


FASTAPI_USERS_JWT = Peer("fastapi-users, jwt", ["fastapi-users"], _fastapi_users("jwt"))
FASTAPI_USERS_DATABASE = Peer("fastapi-users, database", ["fastapi-users"], _fastapi_users("database"))
ALLAUTH = Peer("django-allauth", ["allauth"], _allauth)
DIRECTUS = Peer("Directus", [NODE, "directus"], _directus)
YOGA = Peer("graphql-yoga", [NODE, "yoga"], _yoga)
