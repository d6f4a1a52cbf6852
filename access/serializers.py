"""The bodies that change who is let in, and what pages tell."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from access.principals import MAX_PRINCIPAL_LENGTH, require_principal


class Disconnection(BaseModel):
    """The body of ``POST /api/access/disconnect``."""

    principal: Annotated[str, Field(max_length=MAX_PRINCIPAL_LENGTH), AfterValidator(require_principal)]
    block: bool = False


class PageMessage(BaseModel):
    """The body of ``POST /api/user/log/{user_name}``."""

    message: str
