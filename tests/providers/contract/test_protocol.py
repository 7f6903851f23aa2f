"""Every provider's package offers the whole protocol, and costs a webhook function no more than it needs."""

import inspect
import subprocess
import sys
from typing import Any

import pytest

from tidings import providers, store
from tidings.model import ProviderName
from tidings.providers import schema_types
from tidings.providers.protocol import ConnectionRemover, HoldingsReader, PaidRefresher, StatusReader, WebhookReader

MODULES: list[tuple[Any, type]] = [
    (providers.webhook_reader, WebhookReader),
    (providers.holdings_reader, HoldingsReader),
    (providers.connection_remover, ConnectionRemover),
    (providers.paid_refresher, PaidRefresher),
    (providers.status_reader, StatusReader),
]


@pytest.mark.parametrize("name", providers.PROVIDER_NAMES)
@pytest.mark.parametrize(("load", "protocol"), MODULES)
def test_provider_module_has_the_protocol_signatures(name: ProviderName, load: Any, protocol: type) -> None:  # noqa: ANN401
    module = load(name)
    for member, wanted in inspect.getmembers(protocol, inspect.isfunction):
        if member.startswith("_"):
            continue
        offered = inspect.signature(getattr(module, member))
        assert list(offered.parameters) == list(inspect.signature(wanted).parameters)[1:], member


@pytest.mark.parametrize("name", providers.PROVIDER_NAMES)
@pytest.mark.parametrize("load", [load for load, _ in MODULES])
def test_provider_without_secrets_is_not_configured(name: ProviderName, load: Any) -> None:  # noqa: ANN401
    assert not load(name).is_configured({})
    assert not load(name).is_configured({"client_id": "", "secret": "", "consumer_key": ""})
    assert load(name).is_configured({"client_id": "c", "secret": "s", "consumer_key": "k"})


def loaded_by(*modules: Any) -> set[str]:  # noqa: ANN401 - modules
    script = "".join(f"import {module.__name__}\n" for module in modules) + "import sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


@pytest.mark.parametrize("name", providers.PROVIDER_NAMES)
def test_webhook_reader_imports_neither_pydantic_nor_thread_pool(name: ProviderName) -> None:
    loaded = loaded_by(providers.webhook_reader(name))
    assert not {"pydantic", "concurrent.futures.thread", schema_types.__name__} & loaded


@pytest.mark.parametrize("name", providers.PROVIDER_NAMES)
def test_provider_imports_neither_another_provider_nor_the_store(name: ProviderName) -> None:
    loaded = loaded_by(*(load(name) for load, _ in MODULES))
    others = tuple(f"{providers.__name__}.{other}" for other in providers.PROVIDER_NAMES if other != name)
    assert not [module for module in loaded if module.startswith((*others, "boto", "pynamodb", store.__name__))]
