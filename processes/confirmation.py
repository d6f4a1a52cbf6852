"""Ask before an action of Django admin that cannot be taken back."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeAlias

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

Action: TypeAlias = Callable[[Any, HttpRequest, QuerySet[Any]], Any]

CONFIRMED = "post"
"""The field by which Django's own "delete selected" says that it was confirmed."""


def asks(question: str) -> Callable[[Action], Action]:
    """Show the question and what was selected first; run the action when that page is sent."""

    def decorate(action: Action) -> Action:
        @wraps(action)
        def ask(self: admin.ModelAdmin[Any], request: HttpRequest, selected: QuerySet[Any]) -> TemplateResponse | None:
            if request.POST.get(CONFIRMED):
                action(self, request, selected)
                return None
            context = {
                **self.admin_site.each_context(request),
                "title": question,
                "opts": self.opts,
                "selected": selected,
                "action": action.__name__,
                "action_checkbox_name": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "admin/processes/confirm_action.html", context)

        return ask

    return decorate
