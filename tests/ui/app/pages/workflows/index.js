export { WfoWorkflowsListPage as default } from "@orchestrator-ui/orchestrator-ui-components";
