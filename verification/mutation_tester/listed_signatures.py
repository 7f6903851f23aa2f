"""The clauses of the code that verifies webhooks."""

from .mutation import Mutation
from .operators import (
    accept_falsy,
    assign,
    drop_argument,
    drop_element,
    drop_entry,
    drop_operand,
    drop_statement,
    keep_first_argument,
    never,
    replace_argument,
    replace_call,
    swallow,
    unconditionally,
)
from .syntax import MODULE_LEVEL

_PLAID = "tidings.providers.plaid.webhook"
_KEYS = "tidings.providers.plaid.verification_keys"
_SNAPTRADE = "tidings.providers.snaptrade.webhook"
_STRICT_JSON = "tidings.http.strict_json"
_RECEIVE = "tidings.webhooks.receive"
_APPLYING = "tidings.webhooks.processing"

_MALFORMED = "test_malformed_token_is_refused_without_call"
_FLAT = "test_non_compact_jwt_is_refused"
_FORGED = "test_forged_signature_with_genuine_kid_is_refused"
_OTHER_KEY = "test_mismatched_key_is_provider_error"
_CHANGED = "test_every_changed_byte_is_refused"
_SIGNED = "test_any_object_signed_as_documented_verifies"
_STALE = "test_stale_snaptrade_webhook_returns_403_and_sets_no_flag"

SIGNATURES = [
    Mutation("alg is ES256", _PLAID, "_token", drop_operand(constant="alg"), _MALFORMED),
    Mutation("typ is JWT", _PLAID, "_token", drop_operand(constant="typ"), _MALFORMED),
    Mutation("no unknown critical header", _PLAID, "_token", drop_operand(constant="crit"), _MALFORMED),
    Mutation("kid is a UUID", _PLAID, "_token", drop_operand(call="fullmatch", nth=0), _MALFORMED),
    Mutation("iat is an integer", _PLAID, "_token", drop_operand(call="type"), _MALFORMED),
    Mutation("the signature has 64 bytes", _PLAID, "_token", drop_operand(constant=64), _FLAT),
    Mutation("the body's hash is a text", _PLAID, "_token", drop_operand(call="isinstance", nth=1), _MALFORMED),
    Mutation(
        "base64url in its one canonical spelling",
        _PLAID,
        "_decode",
        never(call="urlsafe_b64encode"),
        "test_signature_spare_bits_must_be_zero",
    ),
    Mutation(
        "the body is the one that was signed",
        _PLAID,
        "verify",
        never(call="compare_digest"),
        "test_other_body_is_refused_without_call",
    ),
    Mutation(
        "not from the future",
        _PLAID,
        "verify",
        never(compare=">"),
        "test_future_token_is_refused_without_call",
    ),
    Mutation(
        "the replay window",
        _PLAID,
        "verify",
        assign(False, compare="<"),
        "test_token_older_than_window_is_stale_if_authentic",
    ),
    Mutation("the signature is verified", _PLAID, "verify", drop_statement(attribute="kid"), _FORGED),
    Mutation("a wrong signature is refused", _PLAID, "_check_signature", swallow(), _FORGED),
    Mutation(
        "one event for both spellings of a signature",
        _PLAID,
        "_event_id",
        keep_first_argument(call="min"),
        "test_both_signature_spellings_are_one_event",
    ),
    Mutation(
        "the body is an object",
        _PLAID,
        "_object",
        swallow(returning={}),
        "test_plaid_non_object_body_is_malformed",
    ),
    Mutation("the key is the requested one", _KEYS, "_parse_key", drop_entry("kid"), _OTHER_KEY),
    Mutation("the key is for ES256", _KEYS, "_parse_key", drop_entry(None), _OTHER_KEY),
    Mutation(
        "a key expires",
        _KEYS,
        "KeyRing.public_key",
        never(attribute="expired_at"),
        "test_expired_key_is_refused_from_cache",
    ),
    Mutation(
        "an unknown key is remembered",
        _KEYS,
        "KeyRing._find",
        never(compare=">"),
        "test_unknown_kid_is_cached_briefly",
    ),
    Mutation(
        "key requests are rate limited",
        _KEYS,
        "KeyRing._find",
        drop_statement(call="acquire"),
        "test_forged_kid_flood_is_bounded_and_keeps_good_keys",
    ),
    Mutation(
        "an outage says nothing about the key",
        _KEYS,
        "KeyRing._look_up",
        never(attribute="code"),
        "test_other_error_is_not_cached_as_unknown_kid",
    ),
    Mutation(
        "a stored key costs no look-up",
        _KEYS,
        "KeyRing._find",
        unconditionally(compare="is"),
        "test_known_key_is_accepted_by_new_process_under_attack",
    ),
    Mutation(
        "a looked-up key is stored",
        _KEYS,
        "KeyRing._find",
        drop_statement(call="save_key"),
        "test_known_key_is_accepted_by_new_process_under_attack",
    ),
    Mutation(
        "a stored key is used for a day only",
        _KEYS,
        "_restore_key",
        replace_argument(0, attribute="confirmed_at"),
        "test_stored_key_is_confirmed_again_after_a_day",
    ),
    Mutation("the signature is verified", _SNAPTRADE, "verify", never(keyword="ensure_ascii"), _CHANGED),
    Mutation(
        "a wrong signature is refused", _SNAPTRADE, "_authentic", replace_call(True, call="compare_digest"), _CHANGED
    ),
    Mutation(
        "base64 in its one canonical spelling",
        _SNAPTRADE,
        "_signature",
        drop_operand(call="b64encode"),
        "test_malformed_signature_is_refused_before_parsing",
    ),
    Mutation("an empty key is no key", _SNAPTRADE, "_secrets", accept_falsy(call="get"), "test_empty_key_is_ignored"),
    Mutation("canonical JSON: sorted keys", _SNAPTRADE, "canonical", drop_argument(keyword="sort_keys"), _SIGNED),
    Mutation("canonical JSON: compact", _SNAPTRADE, "canonical", drop_argument(keyword="separators"), _SIGNED),
    Mutation(
        "canonical JSON: unescaped characters are accepted",
        _SNAPTRADE,
        "verify",
        drop_element(keyword="ensure_ascii"),
        "test_either_canonical_text_may_be_signed",
    ),
    Mutation(
        "both secrets of a rotation",
        _SNAPTRADE,
        MODULE_LEVEL,
        drop_element(constant="consumer_key_previous"),
        "test_rotated_keys_and_webhook_secret_are_accepted",
    ),
    Mutation("not from the future", _SNAPTRADE, "verify", never(compare=">"), "test_future_event_is_refused"),
    Mutation(
        "the replay window", _SNAPTRADE, "verify", assign(False, compare="<"), "test_replay_window_decides_staleness"
    ),
    Mutation("a malformed time is refused", _SNAPTRADE, "_sent_at", never(), "test_malformed_time_is_refused"),
    Mutation(
        "a signature is required by default",
        _SNAPTRADE,
        "verify",
        assign(False, constant="required"),
        "test_missing_signature_is_refused_before_parsing",
    ),
    Mutation(
        "NaN is no JSON",
        _STRICT_JSON,
        "parse",
        drop_argument(keyword="parse_constant"),
        "test_snaptrade_non_object_body_is_malformed",
    ),
    Mutation(
        "without a secret nothing is accepted",
        _RECEIVE,
        "_verify",
        never(call="is_configured"),
        "test_missing_snaptrade_secret_returns_503_and_is_counted",
    ),
    Mutation("a stale webhook is 403", _RECEIVE, "receive", never(attribute="stale"), _STALE),
    Mutation("a stale webhook records no update", _APPLYING, "process", never(attribute="stale"), _STALE),
    Mutation(
        "a body's size is bounded",
        _RECEIVE,
        "receive",
        never(compare=">"),
        "test_larger_body_returns_413_before_other_checks",
    ),
]
