"""Everything that changes something: one field for each use case."""

import strawberry

from schema.mutation.activate_system import activate_system, confirm_system_activation
from schema.mutation.admin_reset_password import admin_reset_password
from schema.mutation.change_password import change_expired_password, change_password
from schema.mutation.manage_api_keys import create_api_key, revoke_api_key
from schema.mutation.manage_systems import create_system, delete_system
from schema.mutation.manage_users import create_user, delete_user, revoke_user_sessions, update_user
from schema.mutation.reset_password import request_password_reset, reset_password
from schema.mutation.reset_system_password import reset_system_password
from schema.mutation.retry_delivery import retry_delivery
from schema.mutation.sign_in import refresh_session, sign_in
from schema.mutation.sign_out import revoke_session, sign_out


@strawberry.type(
    description="Everything that changes something. Ask each result for ... on Outcome { success message }."
)
class Mutation:
    """The root of the writes."""

    sign_in = sign_in
    refresh_session = refresh_session
    sign_out = sign_out
    revoke_session = revoke_session

    change_password = change_password
    change_expired_password = change_expired_password
    request_password_reset = request_password_reset
    reset_password = reset_password
    admin_reset_password = admin_reset_password

    reset_system_password = reset_system_password
    activate_system = activate_system
    confirm_system_activation = confirm_system_activation

    create_user = create_user
    update_user = update_user
    delete_user = delete_user
    revoke_user_sessions = revoke_user_sessions
    create_system = create_system
    delete_system = delete_system
    create_api_key = create_api_key
    revoke_api_key = revoke_api_key
    retry_delivery = retry_delivery
