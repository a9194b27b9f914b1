import analyse from "./05-analyse.graphql?raw";
import analysisProgress from "./06-analysis-progress.graphql?raw";
import buildLog from "./12-build-log.graphql?raw";
import createService from "./08-create-service.graphql?raw";
import createWorkspace from "./02-create-workspace.graphql?raw";
import deploy from "./09-deploy.graphql?raw";
import deploymentEvents from "./10-deployment-events.graphql?raw";
import logs from "./13-logs.graphql?raw";
import overview from "./01-overview.graphql?raw";
import scale from "./14-scale.graphql?raw";
import serviceStatus from "./11-service-status.graphql?raw";
import topology from "./07-topology.graphql?raw";
import workspaces from "./04-workspaces.graphql?raw";
import writeFile from "./03-write-file.graphql?raw";

const WORKSPACE = { workspaceId: "ID OF A WORKSPACE" };
const SERVICE = { serviceInstanceId: "ID OF A SERVICE" };
const DOCKERFILE = "FROM busybox\nEXPOSE 8080\nCMD [\"httpd\", \"-f\", \"-p\", \"8080\"]\n";

export const EXAMPLE_TABS = [
  [overview],
  [createWorkspace, { input: { teamId: "ID OF A TEAM", name: "shop", containerEnabled: true } }],
  [writeFile, { input: { ...WORKSPACE, path: "web/Dockerfile", content: DOCKERFILE } }],
  [workspaces],
  [analyse, { input: WORKSPACE }],
  [analysisProgress, WORKSPACE],
  [topology, WORKSPACE],
  [createService, { input: { ...WORKSPACE, folderPath: "web" } }],
  [deploy, { input: SERVICE }],
  [deploymentEvents, SERVICE],
  [serviceStatus, SERVICE],
  [buildLog, { deploymentId: "ID OF A DEPLOYMENT" }],
  [logs, SERVICE],
  [scale, { input: { ...SERVICE, replicaCount: 3 } }],
].map(([query, variables]) => ({ query, variables: variables && JSON.stringify(variables, null, 2) }));
