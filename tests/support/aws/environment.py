"""Set the environment of a deployed function: the product reads its table names when it is imported."""

import os

os.environ.update(
    {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PROVIDER_ITEMS_TABLE": "provider-items",
        "UPDATE_STATE_TABLE": "update-state",
        "HOLDINGS_TABLE": "holdings",
        "SESSIONS_TABLE": "sessions",
        "LINK_SESSIONS_TABLE": "link-sessions",
        "WEBHOOK_EVENTS_TABLE": "webhook-events",
        "PROVIDER_BUDGETS_TABLE": "provider-budgets",
        "WEBHOOK_KEYS_TABLE": "webhook-keys",
        "EXCHANGE_RATES_TABLE": "exchange-rates",
        "HISTORY_TABLE": "history",
        "HISTORY_DAYS": "730",
        "EXCHANGE_RATES": "on",
        "ECB_BASE_URL": "http://127.0.0.1:9",  # nobody listens there: no test calls the bank
        "TASKS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/tasks",
        "DEFERRED_WEBHOOKS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/deferred-webhooks",
        "RECONCILE_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/reconcile",
        "NOTIFY_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/notify",
        "NOTIFY_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/notify-dead-letter",
        "NOTIFY_SECRET_ID": "notify",
        "LIVE_TICKET_SECRET_ID": "live-ticket",
        "LIVE_CHANNEL_SECRET_ID": "live-channel",
        "LIVE_UPDATES": "off",
        "NOTIFY_URL": "https://host.example.com/tidings",
        "CREDENTIAL_KEY_ID": "alias/tidings-test",
        "PLAID_SECRET_ID": "plaid",
        "SNAPTRADE_SECRET_ID": "snaptrade",
        "ALLOWED_ORIGINS": "https://app.example.com",
        "PLAID_ENVIRONMENT": "sandbox",
        "PLAID_CLIENT_NAME": "Portfolio",
        "PLAID_COUNTRY_CODES": "US",
        "PLAID_WEBHOOK_URL": "https://hooks.example.com/plaid",
        "SNAPTRADE_KEY_TYPE": "commercial",
        "SNAPTRADE_WEBHOOK_AUTH": "required",
        "REFRESH_COOLDOWN_SECONDS": "60",
        "PAID_REFRESH": "off",
        "REPLAY_WINDOW_SECONDS": "300",
        "STALE_AFTER_HOURS": "24",
        "MAIN_CURRENCY": "USD",
        "OIDC_ISSUER": "",
        "OIDC_AUDIENCE": "",
        "OIDC_USER_ID_CLAIM": "sub",
        "METRICS_STACK": "tidings-local",
        "POWERTOOLS_METRICS_NAMESPACE": "Tidings",
        "POWERTOOLS_SERVICE_NAME": "tests",
    }
)
os.environ.pop("AWS_ENDPOINT_URL", None)
os.environ.pop("AWS_PROFILE", None)
