"""The REST routes of the engine's settings; both slash spellings are served directly."""

from django.urls import re_path

from settings.views import EngineStatusView

urlpatterns = [re_path(r"^settings/status/?$", EngineStatusView.as_view())]
