export { WfoSettingsPage as default } from "@orchestrator-ui/orchestrator-ui-components";
