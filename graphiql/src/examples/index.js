import analyse from "./3-analyse.graphql?raw";
import createService from "./4-create-service.graphql?raw";
import deploy from "./5-deploy.graphql?raw";
import deploymentEvents from "./6-deployment-events.graphql?raw";
import logs from "./8-logs.graphql?raw";
import overview from "./1-overview.graphql?raw";
import serviceStatus from "./7-service-status.graphql?raw";
import workspaces from "./2-workspaces.graphql?raw";

const WORKSPACE = { workspaceId: "ID OF A WORKSPACE" };
const SERVICE = { serviceInstanceId: "ID OF A SERVICE" };

export const EXAMPLE_TABS = [
  [overview],
  [workspaces],
  [analyse, { input: WORKSPACE }],
  [createService, { input: { ...WORKSPACE, folderPath: "PATH OF A FOLDER" } }],
  [deploy, { input: SERVICE }],
  [deploymentEvents, SERVICE],
  [serviceStatus, SERVICE],
  [logs, SERVICE],
].map(([query, variables]) => ({ query, variables: variables && JSON.stringify(variables, null, 2) }));
