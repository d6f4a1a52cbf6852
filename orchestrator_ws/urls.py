"""The HTTP routes of the project."""

from django.contrib import admin
from django.urls import include, path, re_path

from access.login_page import show_login
from orchestrator_ws.api_document import DocumentView, show_document
from orchestrator_ws.metrics_page import MetricsView
from orchestrator_ws.problem_details import route_not_found

urlpatterns = [
    path("admin/login/", show_login),
    path("admin/", admin.site.urls),
    path("api/", include("processes.urls")),
    path("api/", include("subscriptions.urls")),
    path("api/", include("settings.urls")),
    path("api/", include("events.urls")),
    path("api/", include("access.urls")),
    path("api/", include("graphql_api.urls")),
    re_path(r"^api/schema/?$", DocumentView.as_view()),
    re_path(r"^api/docs/?$", show_document),
    path("metrics", MetricsView.as_view()),
    re_path(r"^api(/|$)", route_not_found),
    path("", include("console.urls")),
]
