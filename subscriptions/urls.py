"""The REST routes of subscriptions; both slash spellings are served directly, fixed paths first."""

from django.urls import re_path

from subscriptions.search_views import SearchDefinitionsView, StructuredSearchView
from subscriptions.views import InSyncView, SubscriptionListView, SubscriptionSearchView, SubscriptionView

urlpatterns = [
    re_path(r"^subscriptions/?$", SubscriptionListView.as_view()),
    re_path(r"^subscriptions/search/?$", SubscriptionSearchView.as_view()),
    re_path(r"^subscriptions/(?P<key>[^/]+)/?$", SubscriptionView.as_view()),
    re_path(r"^subscriptions/(?P<key>[^/]+)/set_in_sync/?$", InSyncView.as_view()),
    re_path(r"^search/subscriptions/?$", StructuredSearchView.as_view()),
    re_path(r"^search/definitions/?$", SearchDefinitionsView.as_view()),
]
