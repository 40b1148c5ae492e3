"""The keys of `[metrics]`: numbers for a Prometheus server."""

from typing import Annotated

from pydantic import Field

from mailbot.config_base import Keys
from mailbot.config_values import File, Host, must_be

ListenPort = Annotated[int, Field(strict=True, ge=0, le=65535), must_be("a whole number from 0 to 65535")]


class MetricsKeys(Keys):
    """Numbers about the running desk; no case, address or subject is among them."""

    file: File = Field(
        None, description="File that `run` writes them to, for a node exporter; its name must end in `.prom`."
    )
    port: ListenPort = Field(0, description="Port that `run` answers a Prometheus server on; 0: none.")
    address: Host = Field("127.0.0.1", description="Address that it listens on. Whoever reaches it can read them.")
