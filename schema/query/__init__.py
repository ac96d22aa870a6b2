"""Everything that is read."""

import strawberry

from schema.query.directory import system, systems, user, users
from schema.query.own import me, password_policy, service_info
from schema.query.records import api_keys, audit_events, deliveries


@strawberry.type(description="Everything that is read.")
class Query:
    """The root of the reads."""

    me = me
    password_policy = password_policy
    user = user
    users = users
    system = system
    systems = systems
    api_keys = api_keys
    audit_events = audit_events
    deliveries = deliveries
    service_info = service_info
