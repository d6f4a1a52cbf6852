"""``GET /api/translations/{language}`` and the guides of workflows: REST contract, section 7."""

from typing import Any

import pytest

from processes.models import Workflow
from processes.workflow.registry import WORKFLOWS
from tests.integration.rest.api import Api, faults
from tests.integration.subscriptions.stored_subscriptions import allow, store_product, store_subscription

GUIDES = ["/api/workflow_user_guides", "/api/surf/workflow_user_guides"]


def translations(api: Api, language: str = "en-GB") -> Any:
    answer = api.get(f"/api/translations/{language}")
    assert answer.status == 200
    return answer.body


class TestTranslations:
    def test_fields_have_labels_and_descriptions(self, api: Api) -> None:
        fields = translations(api)["forms"]["fields"]

        assert (fields["gbit"], fields["gbit_info"]) == ("Speed in Gbit/s", "A whole number from 1 to 400")

    def test_each_language_has_its_own(self, api: Api) -> None:
        body = translations(api, "nl-NL")

        assert body["forms"]["fields"]["gbit"] == "Snelheid in Gbit/s"
        assert body["workflow"]["demo_order_port"] == "Poort bestellen"

    def test_a_workflow_without_a_title_has_its_description(self, api: Api) -> None:
        Workflow.objects.filter(name="demo_order_port").update(description="Order another port")
        Workflow.objects.filter(name="demo_check_port").update(description="")

        body = translations(api)

        assert set(body) == {"forms", "workflow"}
        assert body["workflow"]["demo_order_port"] == "Order another port"
        assert "demo_check_port" not in body["workflow"]
        assert translations(api, "nl-NL")["workflow"]["demo_order_port"] == "Poort bestellen"

    def test_every_field_of_the_demo_has_a_label(self, api: Api) -> None:
        subscription = store_subscription(product=store_product())
        pages: dict[str, list[Any]] = {
            "demo_create_path": [],
            "demo_order_port": [{"product": str(subscription.product_id)}],
            "demo_change_port": [{"subscription_id": str(subscription.pk)}],
            "modify_note": [{"subscription_id": str(subscription.pk)}],
        }
        fields = translations(api)["forms"]["fields"]

        for key, sent in pages.items():
            definition = WORKFLOWS.find(key)
            assert definition is not None
            allow(definition, subscription.product)
            for count in range(len(sent) + 1):
                answer = api.post(f"/api/processes/{key}", sent[:count])
                assert answer.status == 510
                assert set(answer.body["form"]["properties"]) <= set(fields)

    @pytest.mark.parametrize("language", ["fr-FR", "e-G"])
    def test_a_language_that_nobody_wrote_has_nothing(self, language: str, api: Api) -> None:
        assert translations(api, language) == {}

    @pytest.mark.parametrize("language", ["xx", "en-gb", "EN-GB", "en_GB", "en-GB%0A", ".."])
    def test_what_is_no_language_is_refused(self, language: str, api: Api) -> None:
        answer = api.get(f"/api/translations/{language}")

        assert faults(answer) == [("string_pattern_mismatch", ["path", "language"])]
        assert answer.body["detail"][0]["msg"] == "String should match pattern '^[a-z]+-[A-Z]+$'"


@pytest.mark.parametrize("path", GUIDES)
class TestGuides:
    def test_a_guide_is_answered_as_text(self, path: str, api: Api) -> None:
        answer = api.get(f"{path}/demo_create_path")

        assert answer.status == 200
        assert answer.body.startswith("# Create a path from a form\n\n")

    @pytest.mark.parametrize("name", ["demo_retry", "nope", "demo_create_path.md", ".."])
    def test_there_is_no_other(self, name: str, path: str, api: Api) -> None:
        answer = api.get(f"{path}/{name}")

        assert (answer.status, answer.body) == (404, {"detail": "Workflow guide not found"})
