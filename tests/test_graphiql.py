"""GraphiQL on the whole service: a person signs in and changes the password in a real Chromium."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser import chromium, missing_explorer
from tests.requirements import require
from tests.servers import server_process
from tests.test_explorer import open_explorer, paste, run_operation

if TYPE_CHECKING:
    from pathlib import Path

NEW_PASSWORD = "purple monkey dishwasher tango"  # noqa: S105  a test's


def test_a_person_changes_the_password_in_graphiql(tmp_path: Path) -> None:
    """The examples sign in and change the password; nothing leaves the machine or is complained of.

    Planted: an image from another host in the page; seen to fail.
    """
    require(missing_explorer())
    with server_process(tmp_path) as server, chromium(tmp_path / "profile") as browser:
        page = open_explorer(browser, server.url)
        variables = {
            "login": server.admin_username,
            "password": server.admin_password,
            "oldPassword": server.admin_password,
            "newPassword": NEW_PASSWORD,
        }
        paste(page, "Variables", json.dumps(variables, indent=2))
        run_operation(page, "SignIn", "accessToken")
        page.get_by_role("tab").filter(has_text="ChangePassword").first.click()
        paste(page, "Variables", json.dumps(variables, indent=2))
        run_operation(page, "ChangePassword", "revokedSessions")
        expect(page.locator(".graphiql-response")).to_contain_text('"success": true')
        page.screenshot(path=tmp_path / "graphiql.png")
        assert browser.complaints == []
        assert browser.foreign_requests() == []
