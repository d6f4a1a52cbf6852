"""The REST routes of access; both slash spellings are served directly."""

from django.urls import re_path

from access.views import DisconnectView

urlpatterns = [re_path(r"^access/disconnect/?$", DisconnectView.as_view())]
