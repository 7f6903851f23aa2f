"""Changes that nothing could notice, each with the reason."""

_PARSE = "providers/plaid/webhook.py, _parse: `not text or len(text) > _MAX_TOKEN_LENGTH or text.count('.') != 2`"
EQUIVALENT: dict[str, str] = {
    f"{_PARSE} -> `not text or len(text) > _MAX_TOKEN_LENGTH`": (
        "with fewer dots a part is empty, with more one has a dot in it: neither is base64url"
    ),
    "providers/snaptrade/webhook.py, _parse: `(ValueError, RecursionError)` -> `(ValueError,)`": (
        "what the encoder can't nest, this interpreter's parser refused before; others differ"
    ),
    "providers/plaid/keys.py, _coordinate: `'='` -> `'=X'`": "the decoder stops at the padding",
    "providers/plaid/webhook.py, _text: `0` -> `-1`": "an empty text is taken for none by all who ask for one",
    "providers/plaid/keys.py, module: `'T'` -> `'TX'`": "the name of a type variable",
    "store/claims.py, claim: `UpdateState.follow_up > now` -> `UpdateState.follow_up >= now`": (
        "`follow_up` is `retry_at` of the pull: at that instant the claim is free anyway"
    ),
    (
        "store/snapshots.py, _is_newer_than_stored: `HoldingsEntry.entry.does_not_exist() | "
        "(HoldingsEntry.link_id != head.link_id)` -> `HoldingsEntry.link_id != head.link_id`"
    ): "DynamoDB finds an attribute that is not there different from every value",
}
