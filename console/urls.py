"""The routes of the console; below ``parts/`` is what pages refetch when a frame says that it is stale."""

from django.urls import path
from django.views.generic import RedirectView

from console import engine_pages, process_list_pages, process_pages, start_pages, subscription_pages

app_name = "console"
PROCESSES, TASKS = {"is_task": False}, {"is_task": True}

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console:processes"), name="home"),
    path("processes/", process_list_pages.process_list, PROCESSES, name="processes"),
    path("parts/processes/", process_list_pages.process_rows, PROCESSES, name="process_rows"),
    path("parts/process-counts/", process_list_pages.process_counts, PROCESSES, name="process_counts"),
    path("tasks/", process_list_pages.process_list, TASKS, name="tasks"),
    path("tasks/retry/", process_list_pages.retry_tasks, name="retry_tasks"),
    path("parts/tasks/", process_list_pages.process_rows, TASKS, name="task_rows"),
    path("parts/task-counts/", process_list_pages.process_counts, TASKS, name="task_counts"),
    path("processes/<uuid:process_id>/", process_pages.process_page, name="process"),
    path("parts/processes/<uuid:process_id>/", process_pages.process_fragment, name="process_part"),
    path("processes/<uuid:process_id>/resume/", process_pages.resume, name="resume"),
    path("processes/<uuid:process_id>/abort/", process_pages.abort, name="abort"),
    path("processes/<uuid:process_id>/delete/", process_pages.delete, name="delete"),
    path("processes/<uuid:process_id>/note/", process_pages.set_note, name="note"),
    path("start/", start_pages.workflow_list, name="workflows"),
    path("start/<str:workflow_key>/", start_pages.start, name="start"),
    path("subscriptions/", subscription_pages.subscription_list, name="subscriptions"),
    path("parts/subscriptions/", subscription_pages.subscription_list_rows, name="subscription_rows"),
    path("subscriptions/<uuid:subscription_id>/", subscription_pages.subscription_page, name="subscription"),
    path(
        "parts/subscriptions/<uuid:subscription_id>/",
        subscription_pages.subscription_fragment,
        name="subscription_part",
    ),
    path("subscriptions/<uuid:subscription_id>/in-sync/", subscription_pages.set_in_sync, name="set_in_sync"),
    path("engine/", engine_pages.engine_page, name="engine"),
    path("engine/lock/", engine_pages.lock, name="lock"),
    path("parts/engine/", engine_pages.engine_fragment, name="engine_part"),
    path("parts/engine-badge/", engine_pages.engine_badge, name="engine_badge"),
]
