"""The original base classes of providers of chat completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, TypeAlias

from provider.errors import UsageError
from provider.items import Item

CreateResult: TypeAlias = Iterator[Item]
"""What ``create_completion`` returns: an iterator of text and other items, as they come."""


class AbstractProvider:
    """A provider of chat completions.

    Attributes:
        label: Its name for people.
        url: The service's URL.
        working: Whether it is known to work.
        supports_stream: Whether answers come piece by piece.
    """

    label: ClassVar[str] = ""
    url: ClassVar[str] = ""
    working: ClassVar[bool] = False
    supports_stream: ClassVar[bool] = False

    @classmethod
    def create_completion(cls, model: str, messages: Any, **kwargs: Any) -> CreateResult:  # noqa: ARG003  # an interface
        """Send the messages, and yield the answer; each provider implements it."""
        raise UsageError(
            f"{cls.__name__} does not implement create_completion", hint="Use a subclass such as provider.Copilot."
        )


class ProviderModelMixin:
    """Models by name and alias.

    Attributes:
        default_model: The model of callers that name none.
        models: All models.
        model_aliases: Other names for them.
    """

    default_model: ClassVar[str] = ""
    models: ClassVar[list[str]] = []
    model_aliases: ClassVar[dict[str, str]] = {}

    @classmethod
    def get_model(cls, model: str | None) -> str:
        """Return the model with a name or alias; an empty name is the default model.

        Raises:
            UsageError: There is no such model.
        """
        if not model:
            return cls.default_model
        name = cls.model_aliases.get(model, model)
        if name not in cls.models:
            known = ", ".join([*cls.models, *cls.model_aliases])
            raise UsageError(f"The service has no model {model!r}", step="model", hint=f"Known: {known}.")
        return name
