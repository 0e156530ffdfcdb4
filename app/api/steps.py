"""What a route's signature asks for, laid out in steps once, when the route is made.

FastAPI walks the tree of dependencies at every call and asks of each anew whether it is a generator, a class,
overridden or scoped, which costs a read as much as a statement. Here all of them are coroutines, so the tree is laid
out flat: each is called once, after those it needs. Parameters and bodies are read and judged by FastAPI as ever.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import Any, TypeAlias

from fastapi import Request, params
from fastapi._compat import ModelField, field_annotation_is_scalar
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_body_to_args, request_params_to_args
from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticUndefined
from starlette.responses import Response

Asked: TypeAlias = Callable[..., Coroutine[Any, Any, Any]]
Source: TypeAlias = Callable[[Request], Mapping[str, Any]]
Body: TypeAlias = Callable[[Request], Coroutine[Any, Any, Any]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One of the path, the query or the headers."""

    field: ModelField
    source: Source
    name: str
    alias: str
    place: tuple[str, str]
    has_default: bool
    default: Any
    is_plain: bool  # one text; FastAPI sees to lists and models

    @classmethod
    def of(cls, field: ModelField, source: Source) -> "Parameter":
        info = field.field_info
        assert isinstance(info, params.Param)  # noqa: S101 - bodies are elsewhere
        is_plain = field_annotation_is_scalar(info.annotation) and field.validation_alias in (
            None,
            field.alias,
        )
        place = (info.in_.value, field.alias)
        has_default = is_plain and not info.is_required() and not info.validate_default
        default = field.default if has_default else None
        return cls(field, source, field.name, field.alias, place, has_default, default, is_plain)

    def read(self, request: Request) -> tuple[Any, list[Any]]:
        """Its value, and what is wrong with it."""
        sent = self.source(request)
        text = sent.get(self.alias) if self.is_plain else None
        if text is not None:
            return self.field.validate(text, {}, loc=self.place)
        if self.has_default:
            return self.default, []
        values, wrong = request_params_to_args([self.field], sent)
        return values.get(self.name), wrong


@dataclass(frozen=True, slots=True)
class Step:
    """A dependency or, at last, the endpoint: what is called, and with what."""

    call: Asked
    parameters: tuple[Parameter, ...]
    body: list[ModelField]
    request_name: str | None
    needs: tuple[tuple[str, int], ...]  # a parameter's name, and the step that finds its value

    async def arguments(self, request: Request, body: Any) -> tuple[dict[str, Any], list[Any]]:
        """What it takes of the call itself, and what is wrong with that."""
        values: dict[str, Any] = {}
        flaws: list[Any] = []
        for each in self.parameters:
            values[each.name], wrong = each.read(request)
            flaws += wrong
        if self.body:
            read, wrong = await request_body_to_args(self.body, body, embed_body_fields=False)
            values |= read
            flaws += wrong
        if self.request_name is not None:
            values[self.request_name] = request
        return values, flaws


def endpoint_of(
    dependant: Dependant, body_of: Body | None
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """The endpoint, called with a request alone. Raises RequestValidationError with all that is wrong."""
    steps: list[Step] = []
    _lay_out(dependant, steps, {})

    async def endpoint(request: Request) -> Response:
        body = PydanticUndefined if body_of is None else await body_of(request)
        found: list[Any] = []
        flaws: list[Any] = []
        missing = set[int]()
        for place, step in enumerate(steps):
            values, wrong = await step.arguments(request, body)
            flaws += wrong
            if wrong or (missing and not missing.isdisjoint(each for _, each in step.needs)):
                missing.add(place)
                found.append(None)
                continue
            for name, each in step.needs:
                values[name] = found[each]
            found.append(await step.call(**values))
        if flaws:
            raise RequestValidationError(flaws, body=None if body is PydanticUndefined else body)
        answered: Response = found[-1]
        return answered

    return endpoint


def _lay_out(dependant: Dependant, steps: list[Step], places: dict[Asked, int]) -> int:
    """Puts the dependant after all that it needs; its place. Raises TypeError for what has no place here."""
    call = dependant.call
    if not iscoroutinefunction(call):
        raise TypeError(f"{call} is no coroutine: FastAPI would call it in a thread or leave it open")
    if call in places:
        return places[call]
    needs = [(each.name, _lay_out(each, steps, places)) for each in dependant.dependencies]
    steps.append(
        Step(
            call,
            tuple(_parameters(dependant)),
            dependant.body_params,
            dependant.request_param_name,
            tuple((name, place) for name, place in needs if name is not None),
        )
    )
    places[call] = len(steps) - 1
    return places[call]


def _parameters(dependant: Dependant) -> Iterator[Parameter]:
    for fields, source in (
        (dependant.path_params, "path_params"),
        (dependant.query_params, "query_params"),
        (dependant.header_params, "headers"),
    ):
        for each in fields:
            yield Parameter.of(each, attrgetter(source))
