"""The route of GraphQL; both slash spellings are served directly."""

from django.urls import re_path

from graphql_api.views import GraphqlView

urlpatterns = [re_path(r"^graphql/?$", GraphqlView.as_view())]
