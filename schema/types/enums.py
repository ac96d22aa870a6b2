"""The enumerations of the lower floors, published with a description on every value."""

from credentials import model
from credentials.policy import PolicyRule
from schema.publish import publish

publish(
    model.Role,
    "What a user, or an application by its API key, may do.",
    {
        model.Role.ADMIN: "May call every @adminOnly field.",
        model.Role.USER: "May keep and change their own password. For an API key: names an application only.",
        model.Role.GUEST: "The same, but without reset mails.",
    },
)
publish(
    model.IdentitySource,
    "Who proves a user.",
    {
        model.IdentitySource.LOCAL: "This service keeps the password.",
        model.IdentitySource.SAML: "A SAML 2.0 identity provider.",
        model.IdentitySource.LDAP: "An LDAP directory.",
        model.IdentitySource.OIDC: "An OpenID Connect provider.",
    },
)
publish(
    model.ChatAccountKind,
    "Which of a user's two XMPP accounts.",
    {
        model.ChatAccountKind.IM: "For messages (jid_im).",
        model.ChatAccountKind.TEL: "For telephony (jid_tel).",
    },
)
publish(
    model.SystemStatus,
    "Where a system stands between a reset and its confirmation.",
    {
        model.SystemStatus.CREATED: "It waits for its agent to call activateSystem with the activation code.",
        model.SystemStatus.ACTIVATING: "The agent was given its password and has not confirmed it yet.",
        model.SystemStatus.ACTIVATED: "The agent has confirmed its password.",
    },
)
publish(
    model.EffectKind,
    "What is delivered.",
    {
        model.EffectKind.MAIL_RESET: "A mail with a reset link and code, or with where to go instead.",
        model.EffectKind.MAIL_NOTICE: "A mail that tells of a change.",
        model.EffectKind.XMPP_PASSWORD: "The new password of an XMPP account.",
        model.EffectKind.XMPP_NOTICE: "The message to every connected resource that the password is new.",
        model.EffectKind.XMPP_DISCONNECT: "The end of every connected resource of an XMPP account.",
        model.EffectKind.WEBHOOK: "A call to another server.",
    },
    name="DeliveryKind",
)
publish(
    model.EffectState,
    "How far a delivery has come.",
    {
        model.EffectState.PENDING: "It waits for its turn or for the next try.",
        model.EffectState.DELIVERED: "The other side has taken it.",
        model.EffectState.FAILED: "It was given up; retryDelivery tries it again.",
        model.EffectState.SKIPPED: "No such channel is configured.",
    },
    name="DeliveryState",
)
publish(
    model.EventKind,
    "What happened to a credential.",
    {
        model.EventKind.PASSWORD_CHANGED: "A user changed their own password.",
        model.EventKind.PASSWORD_RESET: "A user set a new password with a token, code or temporary password.",
        model.EventKind.PASSWORD_RESET_BY_ADMIN: "An administrator reset a user's password.",
        model.EventKind.RESET_REQUESTED: "Somebody asked for a reset mail.",
        model.EventKind.SIGNED_IN: "A user signed in.",
        model.EventKind.SIGN_IN_FAILED: "A sign-in was refused.",
        model.EventKind.SIGNED_OUT: "A user signed out.",
        model.EventKind.SESSION_REVOKED: "Sessions were ended from elsewhere.",
        model.EventKind.SYSTEM_RESET: "A system got a new activation code, or fell back to CREATED.",
        model.EventKind.SYSTEM_ACTIVATING: "A system's agent was given its password.",
        model.EventKind.SYSTEM_ACTIVATED: "A system's agent confirmed its password.",
        model.EventKind.USER_CREATED: "A user was created.",
        model.EventKind.USER_UPDATED: "A user's row was changed.",
        model.EventKind.USER_DELETED: "A user was deleted.",
        model.EventKind.SYSTEM_CREATED: "A system was created.",
        model.EventKind.SYSTEM_DELETED: "A system was deleted.",
        model.EventKind.API_KEY_CREATED: "An API key was made.",
        model.EventKind.API_KEY_REVOKED: "An API key was revoked.",
    },
    name="CredentialEventKind",
)
publish(
    PolicyRule,
    "A rule of the password policy.",
    {
        PolicyRule.MIN_LENGTH: "The password is too short.",
        PolicyRule.MAX_LENGTH: "The password is too long.",
        PolicyRule.BLOCKLISTED: "The password is on the list of common ones.",
        PolicyRule.CONTEXT: "The password is made of the user's own name or address.",
        PolicyRule.REUSED: "The password is the present one or one of those before.",
        PolicyRule.TOO_GUESSABLE: "The password is guessed with few tries.",
        PolicyRule.COMPOSITION: "A kind of character that the operator asks for is missing.",
        PolicyRule.UNSUPPORTED_CHARACTER: "The password holds half a character (a lone surrogate).",
    },
)
