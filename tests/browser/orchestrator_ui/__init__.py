"""The Orchestrator UI, as published, in front of this backend; ``make test-ui`` builds it and runs this."""
