"""The conditions of linking, and of the leases before it."""

from .mutation import Mutation
from .operators import (
    always,
    drop_argument,
    drop_narrowing,
    drop_operand,
    drop_statement,
    split_transaction,
    stop_retrying,
    unconditionally,
)

_ITEMS = "tidings.store.items"
_ITEM_LINKS = "tidings.store.item_links"
_TOKENS = "tidings.store.token_leases"
_REGISTRATIONS = "tidings.store.registration_leases"
_ENDED = "tidings.store.ended_users"

_ORPHAN = "test_orphan_update_requires_unlinked_item"
_READ_AGAIN = "test_link_rereads_concurrent_change"
_GIVEN_UP = "test_link_is_refused_after_lease_was_given_up"
_OTHERS_LEASE = "test_lease_of_another_request_stays"
_KNOWN_RESULT = "test_lease_of_linked_token_is_not_given_up"

LINKS = [
    Mutation("orphan: still no owner", _ITEMS, "record_orphan_update", drop_argument(attribute="user_id"), _ORPHAN),
    Mutation("link: owner absent or the same", _ITEM_LINKS, "_as_read", always(attribute="user_id"), _READ_AGAIN),
    Mutation(
        "link: orphan_generation as read",
        _ITEM_LINKS,
        "_as_read",
        always(call="is_still"),
        _READ_AGAIN,
    ),
    Mutation(
        "link: the orphan's updates count",
        _ITEM_LINKS,
        "_source_actions",
        drop_operand(of="+", inside="generation.add", nth=1),
        "test_link_takes_over_orphan_updates",
    ),
    Mutation("link: retried when a condition is lost", _ITEM_LINKS, "link_item", stop_retrying(), _READ_AGAIN),
    Mutation("link: one transaction", _ITEM_LINKS, "link_item", split_transaction(backwards=True), _READ_AGAIN),
    Mutation(
        "link: the token's result in the same transaction",
        _ITEM_LINKS,
        "_link",
        drop_statement(call="save"),
        "test_result_is_stored_with_link",
    ),
    Mutation(
        "link: only under the lease of the exchange",
        _TOKENS,
        "_is_unfinished",
        always(call="is_still"),
        "test_link_requires_own_lease",
    ),
    Mutation(
        "link: not after the lease was given up",
        _TOKENS,
        "_is_unfinished",
        drop_operand(attribute="failure"),
        _GIVEN_UP,
    ),
    Mutation(
        "lease: a linked token is not given up",
        _TOKENS,
        "_is_unfinished",
        drop_operand(attribute="item_id"),
        _KNOWN_RESULT,
    ),
    Mutation(
        "lease: the same write, sent before",
        _TOKENS,
        "acquire_lease",
        drop_operand(call="_is_own"),
        "test_lease_write_sent_twice_is_own",
    ),
    Mutation(
        "lease: held until it expires",
        _TOKENS,
        "_take_over",
        drop_operand(compare=">"),
        "test_lease_excludes_others_until_it_expires",
    ),
    Mutation("outcome: only of the own lease", _TOKENS, "record_failure", drop_operand(call="_is_own"), _OTHERS_LEASE),
    Mutation(
        "outcome: only once",
        _TOKENS,
        "record_failure",
        always(constant="ending"),
        "test_outcome_of_given_up_item_is_stored_once",
    ),
    Mutation(
        "link: not for a user who ended everything",
        _ITEM_LINKS,
        "_link",
        drop_statement(call="add_check"),
        "test_session_from_before_links_nothing_and_its_item_is_ended",
    ),
    Mutation(
        "link: by the session that knows the marker",
        _ENDED,
        "MayLink.add_check",
        drop_narrowing(attribute="ended_id", compare="=="),
        "test_user_who_connects_again_links_by_new_session_only",
    ),
    Mutation(
        "link: by no session from before, although the user connects again",
        _ENDED,
        "MayLink.add_check",
        unconditionally(attribute="after_reopening"),
        "test_user_who_connects_again_links_by_new_session_only",
    ),
    Mutation(
        "registration: only the own lease is given up",
        _REGISTRATIONS,
        "give_up",
        always(attribute="registering_until", compare="=="),
        "test_used_registration_lease_is_not_given_up",
    ),
]
