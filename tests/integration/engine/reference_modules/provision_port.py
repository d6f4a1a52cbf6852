"""A form of two pages, a conditional list of steps, and an input step for somebody else than the system."""

from pydantic_forms.types import FormGenerator, State

from processes.workflow import (
    Assignee,
    FormPage,
    StepList,
    SubmitFormPage,
    Target,
    begin,
    conditional,
    done,
    init,
    inputstep,
    step,
    workflow,
)


def initial_input_form() -> FormGenerator:
    class Where(FormPage):
        city: str

    class HowFast(SubmitFormPage):
        gbit: int = 10

    where = yield Where
    how_fast = yield HowFast
    return where.model_dump() | how_fast.model_dump()


@step("Order optics")
def order_optics(gbit: int) -> State:
    return {"optics": f"{gbit}G"}


@step("Order cooling")
def order_cooling() -> State:
    return {"cooling": True}


@inputstep("Confirm delivery", assignee=Assignee.KLANTSUPPORT)
def confirm_delivery(city: str) -> FormGenerator:
    class Confirm(SubmitFormPage):
        date: str

    confirmed = yield Confirm
    return {"delivered": f"{city} {confirmed.date}"}


is_fast = conditional(lambda state: state["gbit"] >= 100)
is_slow = conditional(lambda state: state["gbit"] < 100)


@workflow("Provision a port", initial_input_form=initial_input_form, target=Target.CREATE)
def provision_port() -> StepList:
    return (
        init
        >> is_fast(begin >> order_optics >> order_cooling)
        >> is_slow(step("Take from stock")(lambda: {"stock": True}))
        >> confirm_delivery
        >> done
    )
