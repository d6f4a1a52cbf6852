"""The REST routes of the event path; both slash spellings are served directly."""

from django.urls import re_path

from events.views import HealthView, LiveView

urlpatterns = [
    re_path(r"^health/?$", HealthView.as_view()),
    re_path(r"^health/live/?$", LiveView.as_view()),
]
