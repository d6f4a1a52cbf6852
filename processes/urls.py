"""The REST routes of the process engine; both slash spellings are served directly, fixed paths first."""

from django.urls import re_path

from processes.catalog_views import AllowedWorkflowsView, ProductListView, WorkflowView
from processes.text_views import GuideView, SurfGuideView, TranslationsView
from processes.views import (
    AbortView,
    CallbackProgressView,
    CallbackView,
    FormView,
    ProcessListView,
    ProcessView,
    ResumeAllView,
    ResumeView,
    StatusCountsView,
    WorkerStatusView,
)

urlpatterns = [
    re_path(r"^processes/?$", ProcessListView.as_view()),
    re_path(r"^processes/status-counts/?$", StatusCountsView.as_view()),
    re_path(r"^processes/resume-all/?$", ResumeAllView.as_view()),
    re_path(r"^processes/(?P<key>[^/]+)/?$", ProcessView.as_view()),
    re_path(r"^processes/(?P<key>[^/]+)/resume/?$", ResumeView.as_view()),
    re_path(r"^processes/(?P<key>[^/]+)/abort/?$", AbortView.as_view()),
    re_path(r"^workflows/(?P<key>[^/]+)/?$", WorkflowView.as_view()),
    re_path(r"^products/?$", ProductListView.as_view()),
    re_path(r"^subscriptions/workflows/(?P<key>[^/]+)/?$", AllowedWorkflowsView.as_view()),
    re_path(r"^processes/(?P<key>[^/]+)/callback/(?P<token>[^/]+)/?$", CallbackView.as_view()),
    re_path(r"^processes/(?P<key>[^/]+)/callback/(?P<token>[^/]+)/progress/?$", CallbackProgressView.as_view()),
    re_path(r"^forms/(?P<key>[^/]+)/?$", FormView.as_view()),
    re_path(r"^translations/(?P<language>[^/]+)/?$", TranslationsView.as_view()),
    re_path(r"^workflow_user_guides/(?P<name>[^/]+)/?$", GuideView.as_view()),
    re_path(r"^surf/workflow_user_guides/(?P<name>[^/]+)/?$", SurfGuideView.as_view()),
    re_path(r"^settings/worker-status/?$", WorkerStatusView.as_view()),
]
