"""The kinds of refusal that every app shares; each app names its own situations on top of them."""


class ConfigurationError(SystemExit):
    """A setting is missing or wrong: its sentence goes to standard error and the start ends with exit code 1."""


class OrchestratorError(Exception):
    """The base of every error that an operation raises on purpose; ``str()`` is the text for the caller."""


class BadRequestError(OrchestratorError):
    """The request cannot be carried out as it was asked."""


class ForbiddenError(OrchestratorError):
    """The caller is known and may not do this."""


class NotFoundError(OrchestratorError):
    """The thing named in the request does not exist."""


class ConflictError(OrchestratorError):
    """The thing exists, but its present status does not allow the request."""


class UnprocessableError(OrchestratorError):
    """The request is well-formed, but something else has to be put right before it can be carried out."""


class PreconditionFailedError(OrchestratorError):
    """The request is right, but what has to hold before it does not."""


class PayloadTooLargeError(OrchestratorError):
    """The request body is larger than the configured limit."""


class UnavailableError(OrchestratorError):
    """The request is right, but cannot be served now."""


class FailedOperationError(OrchestratorError):
    """The operation was tried and failed; nothing of it was kept."""
