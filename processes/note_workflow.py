"""The workflow that changes the note of a subscription, for every product that allows it."""

from collections.abc import Generator
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic_forms.validators import LongText

from processes.subscription_forms import with_subscription_page
from processes.subscription_steps import BACKUP, store_process_subscription
from processes.workflow import State, StepList, SubmitFormPage, Target, done, init, step, workflow
from subscriptions import operations
from subscriptions.models import MAX_NOTE_LENGTH
from subscriptions.queries import get_subscription
from subscriptions.serializers import subscription_state


def note_form(subscription_id: UUID) -> Generator[type[SubmitFormPage], Any, State]:
    """Ask for the note, beginning with the present one."""
    subscription = get_subscription(subscription_id)

    class NotePage(SubmitFormPage):
        model_config = ConfigDict(title="Modify note")

        note: Annotated[LongText, Field(max_length=MAX_NOTE_LENGTH)] | None = subscription.note

    page = yield NotePage
    backup = {str(subscription_id): subscription_state(subscription)}
    return {"old_note": subscription.note, "note": page.note, BACKUP: backup}


@step("Store note")
def store_note(subscription_id: UUID, note: str | None) -> State:
    """Set the note, or clear it."""
    subscription = operations.update_subscription(subscription_id, note=note or None)
    return {"subscription": subscription_state(subscription)}


@workflow("Modify the note", initial_input_form=with_subscription_page(note_form), target=Target.MODIFY)
def modify_note() -> StepList:
    """Touch nothing but our own row, so that the subscription need not be in sync."""
    return init >> store_process_subscription() >> store_note >> done
