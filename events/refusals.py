"""Why a client is not served, or not any more: one error frame says so (``docs/messages.md``, section 1)."""

from http import HTTPStatus

from events.messages import error_frame, problem_frame


class RefusedError(Exception):
    """A client gets an error frame and is closed."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status

    @property
    def is_limit(self) -> bool:
        """Whether another one like it would be let in."""
        return self.status is HTTPStatus.TOO_MANY_REQUESTS

    @property
    def frame(self) -> str:
        """The text of the error frame."""
        if self.status is HTTPStatus.UNAUTHORIZED:
            return error_frame(self.status.value, str(self), {"WWW-Authenticate": "Bearer"})
        return problem_frame(self.status, str(self))


class UnauthenticatedError(RefusedError):
    """Nobody is named by the client's token or session, or not any more."""

    def __init__(self, detail: str = "Invalid or expired token") -> None:
        super().__init__(HTTPStatus.UNAUTHORIZED, detail)


class ForbiddenError(RefusedError):
    """The client is somebody who may not listen."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, "Not authorized")


class LimitExceededError(RefusedError):
    """The client is one too many, or sends too much."""

    def __init__(self, limit: int, what: str) -> None:
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, f"More than {limit} {what}")


class UnavailableError(RefusedError):
    """Nobody can say who the client is."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.SERVICE_UNAVAILABLE, detail)
