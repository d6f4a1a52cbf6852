export { WfoStartPage as default } from "@orchestrator-ui/orchestrator-ui-components";
