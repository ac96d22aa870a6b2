"""The webhook channel, from an event to a receiver that checks what it gets."""

from __future__ import annotations

import json
import ssl
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from credentials.chance import Chance
from credentials.kinds import EffectKind, EffectState, EventKind
from credentials.model import Effect
from delivery.faults import ChannelDown, PassingFault, PermanentFault
from delivery.settlement import Settlement
from delivery.webhook_announcements import details_of
from delivery.webhooks import WebhookChannel, body_of
from tests.certificates import Certificates, make_certificates
from tests.chance import START, FixedChance
from tests.test_webhook_events import event
from tests.webhook_receiver import CANARY, OLDER_SECRET, SECRET, Received, Receiver, receiver, status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from credentials.secret import Secret

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One authority for the whole file."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
async def server(certificates: Certificates) -> AsyncIterator[Receiver]:
    """A receiver of the test's own."""
    async with receiver(certificates) as opened:
        yield opened


def _effect(target: str = "crm", **changes: Any) -> Effect:
    told = event(EventKind.PASSWORD_CHANGED, user_id="u1", api_key_id="k1")
    values = {
        "id": "effect1",
        "sequence": 1,
        "kind": EffectKind.WEBHOOK,
        "state": EffectState.PENDING,
        "subject": f"webhook:{target}",
        "target": target,
        "user_id": "u1",
        "system_id": None,
        "details": details_of(told, "password.changed"),
        "attempts": 1,
        "created_at": START,
        "settled_at": None,
        "last_error": None,
        "progress": {},
    }
    return Effect(**{**values, **changes})


async def _deliver(channel: WebhookChannel, effect: Effect) -> Settlement:
    try:
        return await channel.deliver(effect)
    finally:
        await channel.close()


def _verify(secret: Secret, request: Received) -> object:
    return Webhook(secret.reveal()).verify(request.body, request.headers)


async def test_a_receiver_verifies_what_it_gets(server: Receiver) -> None:
    """The Standard Webhooks project's own code takes signature and time, and reads type, time and ids."""
    channel = WebhookChannel([server.endpoint()], Chance())
    assert await _deliver(channel, _effect()) == Settlement()
    (request,) = server.received
    assert _verify(SECRET, request) == {
        "type": "password.changed",
        "timestamp": "2026-11-20T12:00:00Z",
        "data": {"eventId": "event-1", "userId": "u1", "apiKeyId": "k1"},
    }
    assert request.headers["webhook-id"] == "effect1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "Rekey"


@pytest.mark.parametrize("known", [SECRET, OLDER_SECRET])
async def test_a_rotation_needs_no_common_moment(server: Receiver, known: Secret) -> None:
    """While both secrets are listed, a receiver that knows the old or the new one verifies."""
    channel = WebhookChannel([server.endpoint(secrets=(SECRET, OLDER_SECRET))], Chance())
    await _deliver(channel, _effect())
    assert _verify(known, server.received[0])


async def test_a_changed_body_is_refused(server: Receiver) -> None:
    """What the receiver checks is the body that was sent. Planted: the body not signed: seen to fail."""
    await _deliver(WebhookChannel([server.endpoint()], Chance()), _effect())
    request = server.received[0]
    other = Received(request.path, request.headers, request.body.replace(b"u1", b"u2"))
    with pytest.raises(WebhookVerificationError, match="No matching"):
        _verify(SECRET, other)


async def test_a_repeat_is_the_same_webhook_with_the_time_of_its_own(server: Receiver) -> None:
    """The id and the body's bytes stay, the timestamp is the attempt's, and so the signature is another."""
    chance = FixedChance()
    channel = WebhookChannel([server.endpoint()], chance)
    await channel.deliver(_effect())
    chance.forward(timedelta(seconds=90))
    await _deliver(channel, _effect(attempts=2))
    first, second = server.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(first.headers["webhook-timestamp"]) == int(START.timestamp())
    assert int(second.headers["webhook-timestamp"]) == int(START.timestamp()) + 90
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


async def test_an_endpoint_that_left_the_file_is_skipped(server: Receiver) -> None:
    """What waits for it is settled, with the reason in words."""
    ended = await _deliver(WebhookChannel([server.endpoint()], Chance()), _effect("gone"))
    assert ended.state is EffectState.SKIPPED
    assert ended.reason == "The endpoint is no longer in the webhooks file."
    assert not server.received


@pytest.mark.parametrize("code", [200, 201, 204, 299])
async def test_every_answer_from_200_to_299_is_taken(server: Receiver, code: int) -> None:
    """Those are the specification's successes."""
    server.fault = status(code)
    assert await _deliver(WebhookChannel([server.endpoint()], Chance()), _effect()) == Settlement()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (300, "The endpoint answered 300; redirects are not followed."),
        (302, "The endpoint answered 302; redirects are not followed."),
        (308, "The endpoint answered 308; redirects are not followed."),
        (400, "The endpoint answered 400."),
        (401, "The endpoint answered 401."),
        (404, "The endpoint answered 404."),
        (429, "The endpoint answered 429."),
        (500, "The endpoint answered 500."),
        (503, "The endpoint answered 503."),
    ],
)
async def test_other_answers_are_tried_again(server: Receiver, code: int, reason: str) -> None:
    """The reason holds the status, and neither body nor headers; the other endpoints are left alone."""
    server.fault = status(code, headers=f"location: https://localhost/{CANARY}\r\n")
    with pytest.raises(PassingFault) as failed:
        await _deliver(WebhookChannel([server.endpoint()], Chance()), _effect())
    assert not isinstance(failed.value, ChannelDown)
    assert failed.value.reason == reason
    assert len(server.received) == 1


async def test_an_endpoint_that_is_gone_is_not_asked_again(server: Receiver) -> None:
    """410 ends this webhook, for good."""
    server.fault = status(410)
    with pytest.raises(PermanentFault, match=r"^The endpoint answered 410: it is gone\.$"):
        await _deliver(WebhookChannel([server.endpoint()], Chance()), _effect())


async def test_each_endpoint_trusts_what_its_own_table_says(server: Receiver) -> None:
    """Two endpoints at one address: one that trusts the tests' authority, and one that does not."""
    crm, strict = server.endpoint(), server.endpoint("strict", tls=ssl.create_default_context())
    channel = WebhookChannel([crm, strict], Chance())
    assert await channel.deliver(_effect()) == Settlement()
    with pytest.raises(PassingFault, match="not trusted"):
        await _deliver(channel, _effect("strict"))


@pytest.mark.parametrize("kind", EventKind)
async def test_no_body_holds_anything_about_a_person(kind: EventKind) -> None:
    """Ids, a type and a time: no address, place, client, name or actor of the audit's line."""
    told = event(kind, user_id="u1", system_id="s1", api_key_id="k1", address="198.51.100.7", code="CODE")
    payload = json.loads(body_of(details_of(told, "a.type")))
    assert payload == {
        "type": "a.type",
        "timestamp": "2026-11-20T12:00:00Z",
        "data": {"eventId": "event-1", "userId": "u1", "systemId": "s1", "apiKeyId": "k1"},
    }
