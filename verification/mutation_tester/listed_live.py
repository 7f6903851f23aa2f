"""The clauses of who may listen to live updates, and of messages to the host app."""

from .comparisons import accept_also, compare_folded
from .mutation import Mutation
from .operators import (
    assign,
    drop_element,
    drop_entry,
    drop_operand,
    drop_statement,
    never,
    replace_argument,
)
from .syntax import MODULE_LEVEL

_TICKETS = "tidings.live.tickets"
_AUTHORIZER = "tidings.live.authorizer"
_ENDPOINT = "tidings.live.ticket_endpoint"
_LIMITED = "test_ticket_beyond_the_limit_is_429_with_retry_after"
_OTHER_CHANNEL = "test_every_other_channel_is_refused"
_ANY_VERSION = r"(?P<signed>v[0-9]\.(?P<channel>[0-9a-f]{40})\.(?P<expires>[0-9]{1,11}))\.(?P<signature>[\w-]{43})"

LIVE = [
    Mutation(
        "ticket: it expires",
        _TICKETS,
        "verify_ticket",
        drop_operand(nth=1),
        "test_issued_ticket_verifies_until_it_expires",
    ),
    Mutation(
        "ticket: one of our keys signed it",
        _TICKETS,
        "verify_ticket",
        drop_operand(call="any"),
        "test_ticket_with_any_character_changed_is_refused",
    ),
    Mutation(
        "ticket: of the known version",
        _TICKETS,
        MODULE_LEVEL,
        replace_argument(_ANY_VERSION, inside="re.compile", nth=0),
        "test_signed_ticket_of_another_form_is_refused",
    ),
    Mutation(
        "ticket: the old key is accepted while it is rotated",
        _TICKETS,
        "_keys",
        drop_element(constant="key_previous"),
        "test_ticket_of_the_previous_key_verifies_until_that_key_is_gone",
    ),
    Mutation(
        "ticket: twelve a minute",
        "tidings.provider_access.rate_limits",
        MODULE_LEVEL,
        assign(13, constant=12),
        _LIMITED,
    ),
    Mutation("ticket: counted", _ENDPOINT, "handle_request", drop_statement(name="limit_live_tickets"), _LIMITED),
    Mutation("authorizer: one channel", _AUTHORIZER, "_opens", drop_operand(call="channel_path"), _OTHER_CHANNEL),
    Mutation("authorizer: byte for byte", _AUTHORIZER, "_opens", compare_folded(call="channel_path"), _OTHER_CHANNEL),
    Mutation(
        "authorizer: no wildcard", _AUTHORIZER, "_opens", accept_also("/updates/*", call="channel_path"), _OTHER_CHANNEL
    ),
    Mutation(
        "authorizer: nobody publishes",
        _AUTHORIZER,
        "_opens",
        drop_operand(constant="EVENT_SUBSCRIBE"),
        "test_valid_ticket_opens_no_other_operation",
    ),
    Mutation(
        "authorizer: no decision is reused",
        _AUTHORIZER,
        "handle",
        drop_entry("ttlOverride"),
        "test_a_connection_allows_no_other_channel_since_no_decision_may_be_reused",
    ),
    Mutation(
        "notifications: both secrets sign while they are rotated",
        "tidings.announce.signing",
        MODULE_LEVEL,
        drop_element(constant="signing_secret_previous"),
        "test_message_carries_both_signatures_while_rotating",
    ),
    Mutation(
        "notifications: 410 ends the attempts",
        "tidings.announce.delivery",
        "_deliver",
        never(name="_GONE"),
        "test_gone_host_leaves_a_dead_letter_at_once",
    ),
]
