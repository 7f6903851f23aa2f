"""The clauses of time limits, of what a batch leaves over, and of an unknown state."""

from .mutation import Mutation
from .operators import drop_element, drop_statement, never, swap_call

_CONCURRENCY = "tidings.concurrency"
_CLIENTS = "tidings.aws.clients"
_BATCHES = "tidings.store.batches"
_PENDING = "tidings.pending.endpoint"
_UNKNOWN = "test_read_without_update_state_is_unknown_with_warning"

TIME_LIMITS = [
    Mutation(
        "time limit: over once its work is",
        _CONCURRENCY,
        "limit_time",
        drop_statement(attribute="has_ended"),
        "test_thread_that_outlives_its_work_has_no_time",
    ),
    Mutation(
        "time limit: a nested one ends no later",
        _CONCURRENCY,
        "_TimeLimit.remaining_s",
        swap_call("max", call="min"),
        "test_nested_limit_that_ends_first_holds",
    ),
    Mutation(
        "time limit: no attempt without time",
        _CLIENTS,
        "_limit_attempt",
        never(compare="<="),
        "test_thread_left_behind_writes_nothing_after_the_response",
    ),
    Mutation(
        "time limit: an attempt waits for what is left",
        _CLIENTS,
        "_limit_attempt",
        swap_call("max", call="min"),
        "test_attempt_waits_no_longer_than_the_time_left",
    ),
    Mutation(
        "time limit: no pause that outlasts it",
        _CLIENTS,
        "_client",
        drop_statement(name="_end_retries"),
        "test_pause_after_throttling_does_not_outlast_the_time_left",
    ),
    Mutation(
        "batch: rows left over are written again",
        _BATCHES,
        "_write_page",
        never(),
        "test_rows_left_over_are_put_again_after_growing_pauses",
    ),
    Mutation(
        "batch: keys left over are read again",
        _BATCHES,
        "_read_page",
        never(),
        "test_keys_left_over_are_read_again_after_pauses",
    ),
    Mutation(
        "batch: what is left over waits for its turn",
        "tidings.store.conditional_writes",
        "_is_conflict",
        never(name="LeftOver"),
        "test_rows_left_over_are_put_again_after_growing_pauses",
    ),
    Mutation(
        "cooldown: its row lives as long as the wait",
        "tidings.store.cooldowns",
        "_end_actions",
        drop_element(attribute="expires_at"),
        "test_row_of_a_long_wait_outlives_the_wait",
    ),
    Mutation("unknown state: a provider's", _PENDING, "provider_pending", never(compare="is"), _UNKNOWN),
    Mutation("unknown state: all providers'", _PENDING, "_combined_pending", never(compare="is"), _UNKNOWN),
]
