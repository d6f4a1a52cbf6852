import { getEnvironmentVariables } from "@orchestrator-ui/orchestrator-ui-components";

const isTrue = (text) => text.toLowerCase() === "true";

/** What the library wants to know, from the environment of the running server. */
export const configuration = () => {
  const env = getEnvironmentVariables([
    "ENVIRONMENT_NAME",
    "ORCHESTRATOR_API_HOST",
    "ORCHESTRATOR_API_PATH",
    "ORCHESTRATOR_GRAPHQL_HOST",
    "ORCHESTRATOR_GRAPHQL_PATH",
    "ORCHESTRATOR_WEBSOCKET_URL",
    "USE_WEB_SOCKETS",
    "OAUTH2_ACTIVE",
  ]);
  return {
    environmentName: env.ENVIRONMENT_NAME,
    orchestratorApiBaseUrl: env.ORCHESTRATOR_API_HOST + env.ORCHESTRATOR_API_PATH,
    graphqlEndpointCore: env.ORCHESTRATOR_GRAPHQL_HOST + env.ORCHESTRATOR_GRAPHQL_PATH,
    orchestratorWebsocketUrl: env.ORCHESTRATOR_WEBSOCKET_URL,
    useWebSockets: isTrue(env.USE_WEB_SOCKETS),
    authActive: env.OAUTH2_ACTIVE.toLowerCase() !== "false",
    useThemeToggle: false,
    showWorkflowInformationLink: false,
    workflowInformationLinkUrl: "",
    showWorkflowUserGuide: false,
    enableSupportMenuItem: false,
    supportMenuItemUrl: "",
    enableAoStackStatus: false,
    aoStackStatusUrl: "",
    startWorkflowFilters: ["active"],
  };
};
