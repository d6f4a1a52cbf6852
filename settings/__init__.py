"""The engine's settings: the global lock and the status derived from it.

Django's own settings are ``from django.conf import settings as django_settings`` everywhere in this project.
"""
