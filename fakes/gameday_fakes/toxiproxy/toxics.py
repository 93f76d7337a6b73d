"""The toxics of one proxy: a chain for each direction, changed on all open connections at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, Protocol

import msgspec

from gameday_fakes.toxiproxy.effects import TYPES, ResetPeer
from gameday_fakes.toxiproxy.stage import Effect

Stream = Literal["upstream", "downstream"]


class ApiError(Exception):
    """A refusal of a request; text and status are the real one's."""

    def __init__(self, error: str, status: int) -> None:
        self.error = error
        self.status = status
        super().__init__(error)


class ToxicRequest(msgspec.Struct):
    """The body of a request that adds a toxic."""

    name: str = ""
    type: str = ""
    stream: str = "downstream"
    toxicity: float = 1.0
    attributes: dict[str, Any] | None = None


class ToxicChange(msgspec.Struct):
    """The body of a request that changes one; everything else in it is ignored."""

    toxicity: float | None = None
    attributes: dict[str, Any] | None = None


class Toxic:
    """One toxic; ``toxicity`` is the share of connections, 0 to 1, that it affects."""

    def __init__(self, name: str, type_: str, stream: Stream, toxicity: float, effect: Effect) -> None:
        self.name = name
        self.type = type_
        self.stream = stream
        self.toxicity = toxicity
        self.effect = effect

    def describe(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "attributes": msgspec.to_builtins(self.effect),
            "name": self.name,
            "type": self.type,
            "stream": self.stream,
            "toxicity": self.toxicity,
        }


class ToxicLink(Protocol):
    """One direction of an open connection, as far as its toxics change."""

    def add(self, toxic: Toxic) -> None:
        """Put a toxic at the end of the chain."""

    async def update(self, toxic: Toxic) -> None:
        """Restart a changed toxic."""

    async def remove(self, toxic: Toxic) -> None:
        """Take a toxic out of the chain."""


class Toxics:
    """``links`` gives the open links of a direction. Changes return when they are in effect on every link."""

    def __init__(self, links: Callable[[Stream], Iterable[ToxicLink]]) -> None:
        self._links = links
        self._chains: dict[Stream, list[Toxic]] = {"upstream": [], "downstream": []}
        self._changing = asyncio.Lock()

    def __iter__(self) -> Iterator[Toxic]:
        return iter([*self._chains["upstream"], *self._chains["downstream"]])

    @property
    def reset_new_connections(self) -> bool:
        """Whether new connections end with an RST when a toxic closes them."""
        return any(isinstance(toxic.effect, ResetPeer) for toxic in self)

    def on(self, stream: Stream) -> list[Toxic]:
        """The toxics of a direction, in their order."""
        return list(self._chains[stream])

    def get(self, name: str) -> Toxic:
        """A toxic by its name. Raises ApiError."""
        for toxic in self:
            if toxic.name == name:
                return toxic
        raise ApiError("toxic not found", 404)

    async def add(self, request: ToxicRequest) -> Toxic:
        """Add a toxic at the end of its chain. Raises ApiError."""
        async with self._changing:
            stream = _stream(request.stream)
            kind = TYPES.get(request.type)
            name = request.name or f"{request.type}_{request.stream}"
            if kind is None:
                raise ApiError("invalid toxic type", 400)
            if any(toxic.name == name for toxic in self):
                raise ApiError("toxic already exists", 409)
            effect = _changed(kind(), request.attributes)
            toxic = Toxic(name, request.type, stream, request.toxicity, effect)
            self._chains[stream].append(toxic)
            for link in self._links(stream):
                link.add(toxic)
            return toxic

    async def update(self, name: str, change: ToxicChange) -> Toxic:
        """Change a toxic's toxicity and those attributes that are named. Raises ApiError."""
        async with self._changing:
            toxic = self.get(name)
            toxic.effect = _changed(toxic.effect, change.attributes)
            if change.toxicity is not None:
                toxic.toxicity = change.toxicity
            await asyncio.gather(*(link.update(toxic) for link in self._links(toxic.stream)))
            return toxic

    async def remove(self, name: str) -> None:
        """Remove a toxic. Raises ApiError."""
        async with self._changing:
            await self._remove(self.get(name))

    async def reset(self) -> None:
        """Remove all toxics."""
        async with self._changing:
            for toxic in self:
                await self._remove(toxic)

    async def _remove(self, toxic: Toxic) -> None:
        self._chains[toxic.stream].remove(toxic)
        await asyncio.gather(*(link.remove(toxic) for link in self._links(toxic.stream)))


def _stream(word: str) -> Stream:
    match word.lower():
        case "upstream":
            return "upstream"
        case "downstream":
            return "downstream"
    raise ApiError("stream was invalid, can be either upstream or downstream", 400)


def _changed(effect: Effect, attributes: dict[str, Any] | None) -> Effect:
    """The effect with the given attributes replaced; unknown ones and nulls are ignored, like in the real one."""
    given = {name: value for name, value in (attributes or {}).items() if value is not None}
    try:
        return msgspec.convert({**msgspec.to_builtins(effect), **given}, type(effect))
    except msgspec.ValidationError as problem:
        raise ApiError(f"bad request body: {problem}", 400) from None
