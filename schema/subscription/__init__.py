"""Everything that is told as it happens."""

import strawberry

from schema.subscription.events import all_credential_events, credential_events


@strawberry.type(description="Everything that is told as it happens.")
class Subscription:
    """The root of the streams."""

    credential_events = credential_events
    all_credential_events = all_credential_events
