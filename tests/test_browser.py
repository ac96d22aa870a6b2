"""The helper that starts a browser: what it calls foreign."""

from tests.browser import foreign


def test_page_may_ask_this_machine_alone() -> None:
    """Any other host that the page asks is foreign, the browser maker's too."""
    asked = ["http://127.0.0.1:8000/graphql", "data:,", "https://fonts.googleapis.com/css", "ws://10.0.0.1/"]
    assert foreign(asked, []) == ["https://fonts.googleapis.com/css", "ws://10.0.0.1/"]


def test_browser_may_ask_its_maker() -> None:
    """What the browser does on its own account is foreign unless it goes to its maker."""
    assert foreign([], ["update.googleapis.com", "example.org", "notgoogle.com"]) == [
        "example.org",
        "notgoogle.com",
    ]
