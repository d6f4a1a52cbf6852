"""The REST routes of the engine's settings; both slash spellings are served directly."""

from django.urls import re_path

from settings.views import CacheNamesView, CacheView, EngineStatusView, OverviewView, SearchIndexView

urlpatterns = [
    re_path(r"^settings/status/?$", EngineStatusView.as_view()),
    re_path(r"^settings/cache-names/?$", CacheNamesView.as_view()),
    re_path(r"^settings/cache/(?P<name>[^/]+)/?$", CacheView.as_view()),
    re_path(r"^settings/search-index/reset/?$", SearchIndexView.as_view()),
    re_path(r"^settings/overview/?$", OverviewView.as_view()),
]
