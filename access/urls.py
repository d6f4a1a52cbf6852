"""The REST routes of access; both slash spellings are served directly."""

from django.urls import re_path

from access.views import DisconnectView, PageErrorView, PageMessageView

urlpatterns = [
    re_path(r"^access/disconnect/?$", DisconnectView.as_view()),
    re_path(r"^user/error/?$", PageErrorView.as_view()),
    re_path(r"^user/log/(?P<user_name>[^/]+)/?$", PageMessageView.as_view()),
]
