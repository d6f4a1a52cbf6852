"""The bodies that change who is let in."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from access.principals import MAX_PRINCIPAL_LENGTH, require_principal


class Disconnection(BaseModel):
    """The body of ``POST /api/access/disconnect``."""

    principal: Annotated[str, Field(max_length=MAX_PRINCIPAL_LENGTH), AfterValidator(require_principal)]
    block: bool = False
