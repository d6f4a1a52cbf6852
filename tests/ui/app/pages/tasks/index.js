export { WfoTasksListPage as default } from "@orchestrator-ui/orchestrator-ui-components";
