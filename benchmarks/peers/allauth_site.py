"""django-allauth's headless API as its documentation sets it up, on Django's SQLite.

Runs in an environment of its own (`gunicorn allauth_site:application`), in the folder of its database, once
`python allauth_site.py` made that. Argon2 has Rekey's default parameters; limits on rates are off.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

ALLAUTH = ("allauth.account", "allauth.headless")
MIDDLEWARE = (
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
)


class Hasher(Argon2PasswordHasher):
    """Django's own, with Rekey's parameters."""

    memory_cost, time_cost, parallelism = 47104, 1, 1


settings.configure(
    SECRET_KEY="of a database that lives as long as the benchmark",  # noqa: S106  so it is none
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        *ALLAUTH,
    ],
    MIDDLEWARE=MIDDLEWARE,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path.cwd() / "django.db",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 60,
                "init_command": "PRAGMA journal_mode=WAL",
            },
        }
    },
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    PASSWORD_HASHERS=[f"{__name__}.Hasher"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
    ACCOUNT_RATE_LIMITS=False,
    ACCOUNT_LOGIN_METHODS={"email"},
    ACCOUNT_SIGNUP_FIELDS=["email*", "password1*"],
    ACCOUNT_EMAIL_VERIFICATION="none",
    HEADLESS_ONLY=True,
    HEADLESS_FRONTEND_URLS={},
)
application = get_wsgi_application()  # sets Django up, which allauth's addresses need
urlpatterns = [path("_allauth/", include("allauth.headless.urls"))]


def found() -> None:
    """Makes the tables and the one user."""
    from django.contrib.auth.models import User  # noqa: PLC0415  Django must be set up

    call_command("migrate", verbosity=0)
    User.objects.create_user("mary", os.environ["PEER_EMAIL"], os.environ["PEER_PASSWORD"])


if __name__ == "__main__":
    found()
