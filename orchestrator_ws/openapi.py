"""What the operations of the REST API share in its OpenAPI document: error bodies, statuses, parameters.

Each app describes its own operations in its ``openapi``; ``docs/rest.md`` is the same for people.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal, TypeVar

from django.conf import settings as django_settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from pydantic import BaseModel, ConfigDict, RootModel

from orchestrator_ws.contracts import JsonObject

F = TypeVar("F", bound=Callable[..., Any])

JSON = "application/json"


class Body(BaseModel):
    """A JSON object with exactly these keys."""

    model_config = ConfigDict(extra="forbid")


class Problem(Body):
    """What the product answers when it refuses or fails."""

    detail: str
    status: int
    title: str


class Refusal(Body):
    """What is answered to whoever is not let in."""

    detail: str


class Fault(BaseModel):
    """What is malformed, and where it stands: ``path``, ``query`` or ``body`` first."""

    type: str
    loc: list[str | int]
    msg: str
    input: Any


class Faults(Body):
    """Path, query or body is malformed; one entry per fault."""

    detail: list[Fault]


class FormIncomplete(Body):
    """The form has another page, whose JSON Schema this is."""

    type: Literal["FormNotCompleteError"]
    detail: str
    title: str
    status: Literal[510]
    form: JsonObject
    meta: JsonObject | None


class FieldFault(BaseModel):
    """What does not validate, and in which field of the page."""

    type: str
    loc: list[str | int]
    msg: str
    input: Any = None


class FormInvalid(Body):
    """A page of the form does not validate."""

    type: Literal["FormValidationError"]
    detail: str
    title: str
    status: Literal[400]
    validation_errors: list[FieldFault]


class FormOverflow(Body):
    """There are more pages than the form has."""

    type: Literal["FormOverflowError"]
    detail: str
    title: str
    status: Literal[500]


class FormNotFound(Body):
    """There is no such form."""

    type: Literal["FormNotFoundError"]
    detail: str
    title: str
    status: Literal[404]


class InvalidForm(RootModel[FormInvalid | Problem]):
    """A page of the form does not validate, or the request cannot be carried out."""


class FailedForm(RootModel[FormOverflow | Problem]):
    """There are more pages than the form has, or its own code failed."""


class Unprocessable(RootModel[Faults | Problem]):
    """The request is malformed, or something else has to be put right before."""


class Null(RootModel[None]):
    """Nothing to tell."""


class Nothing(Body):
    """The same as an object."""


REFUSED: Mapping[int, tuple[Any, str]] = {
    400: (Problem, "The request cannot be carried out as it was asked."),
    401: (Refusal, "Not authenticated."),
    403: (Problem, "The caller may not do this."),
    404: (Problem, "There is no such thing."),
    409: (Problem, "The present status does not allow it."),
    412: (Problem, "The workflow may not be started now."),
    413: (Problem, "The body, the number of form pages or the state of the process is too large."),
    422: (Faults, "Path, query or body is malformed."),
    500: (Problem, "The operation failed; nothing of it was kept."),
    503: (Problem, "The engine is locked, or nobody knows now who calls."),
}
"""Body and meaning of what the statuses say everywhere, unless an operation says otherwise."""

FORM_REFUSED: Mapping[int, Any] = {400: InvalidForm, 500: FailedForm, 510: FormIncomplete}
"""What an operation answers that walks a form."""

PAGES: JsonObject = {
    "type": "array",
    "items": {"type": "object", "not": {"required": ["self"]}},
    "maxItems": django_settings.ENVIRONMENT.max_form_pages,
    "description": "The form pages so far, each an object of its fields.",
}
BOOLEAN: JsonObject = {
    "anyOf": [
        {"type": "boolean"},
        {"enum": [0, 1, "true", "false", "on", "off", "yes", "no", "1", "0", "t", "f", "y", "n"]},
    ]
}
"""What pydantic reads as a boolean; words in any case."""
OBJECT: JsonObject = {"type": "object"}

REPORTER = OpenApiParameter(
    "reporter", {"type": "string", "maxLength": 100}, description="Who does it; else the caller's name, else `SYSTEM`."
)


def path_parameter(description: str, schema: Any = None, *, name: str = "key") -> OpenApiParameter:
    """Return the description of a part of the path; a UUID unless there is another schema."""
    schema = schema or {"type": "string", "format": "uuid"}
    return OpenApiParameter(name, schema, OpenApiParameter.PATH, required=True, description=description)


def operation(
    name: str,
    summary: str,
    answers: Mapping[int, Any],
    *,
    refused: Iterable[int] = (),
    parameters: Sequence[OpenApiParameter] = (),
    body: Any = None,
) -> Callable[[F], F]:
    """Describe one method of a view; ``answers`` are bodies by status, ``refused`` statuses with their usual body.

    401, 403 and 503 go without saying, 413 where there is a body, 400 where there are query parameters.
    """
    usual = {401, 403, 503, *refused} | ({413, 422} if body is not None else set())
    if any(parameter.location == OpenApiParameter.QUERY for parameter in parameters):
        usual.add(400)
    responses = {status: OpenApiResponse(*REFUSED[status]) for status in sorted(usual)}
    for status, answer in answers.items():
        meaning = REFUSED[status][1] if status in REFUSED else HTTPStatus(status).phrase
        responses[status] = OpenApiResponse(answer, meaning)
    return extend_schema(
        operation_id=name,
        summary=summary,
        parameters=list(parameters),
        request=None if body is None else {JSON: body},
        responses=dict(sorted(responses.items())),
    )


def list_parameters(unit: str, *, filters: bool = True) -> list[OpenApiParameter]:
    """Return the parameters and response headers of a list (``docs/rest.md``, section 4)."""
    text = {"type": "string"}
    parameters = [
        OpenApiParameter("range", text, description="Rows start to end - 1: `0,25`."),
        OpenApiParameter("sort", text, description="`field,asc[,field,desc...]`."),
        OpenApiParameter("If-None-Match", text, OpenApiParameter.HEADER, description="The ETag of what is known."),
        OpenApiParameter("ETag", text, OpenApiParameter.HEADER, response=[200, 304], required=True),
        OpenApiParameter(
            "Content-Range",
            {"type": "string", "pattern": rf"^{unit} \d+-\d+/\d+$"},
            OpenApiParameter.HEADER,
            response=[200, 304],
            description="With `range`: as asked, and how many rows match.",
        ),
    ]
    if filters:
        parameters.append(OpenApiParameter("filter", text, description="`field,value[,field,value...]`."))
    return parameters


class OperationSchema(AutoSchema):
    """Says of every body that it is required: an absent one is answered 422."""

    def _get_request_body(self, direction: Any = "request") -> JsonObject | None:
        body: JsonObject | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]  # has no hints
        return body and body | {"required": True}


class CallerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers the subclass
    """A token of the identity provider, or a session of admin; needed unless authentication is off."""

    target_class = "access.rest_authentication.CallerAuthentication"
    name = ["bearer", "session"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[JsonObject]:
        """Return what an operation asks for: one of these."""
        return [*({name: []} for name in self.name), *([] if django_settings.OAUTH2_ACTIVE else [{}])]

    def get_security_definition(self, auto_schema: AutoSchema) -> list[JsonObject]:
        """Return how each is sent; a session needs the header ``X-CSRFToken`` too, to write."""
        cookie = django_settings.SESSION_COOKIE_NAME
        return [
            {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            {"type": "apiKey", "in": "cookie", "name": cookie},
        ]


def canonical_paths(endpoints: list[tuple[str, str, str, Any]], **options: Any) -> list[tuple[str, str, str, Any]]:
    """Spell each path as ``docs/rest.md`` does: one word after ``/api`` ends in a slash, any longer path does not."""
    return [
        (path if path.count("/") == len(("", "api", "word")) else path.rstrip("/"), regex, method, view)
        for path, regex, method, view in endpoints
        if path.startswith("/api/")
    ]
