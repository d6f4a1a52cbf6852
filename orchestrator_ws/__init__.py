"""The project package: configuration, composition root and the rules that every app shares."""
