import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createRoot } from "react-dom/client";

import { readConfig } from "./config.js";
import { EXAMPLE_TABS } from "./examples/index.js";

const config = readConfig();
const preset = config.token ? { Authorization: `Bearer ${config.token}` } : undefined;
const headers = preset && JSON.stringify(preset, null, 2);

const endpoint = { url: config.endpoint, enableIncrementalDelivery: false };
const fetchSchema = createGraphiQLFetcher(endpoint);

const fetcher = createGraphiQLFetcher({
  ...endpoint,
  // Each subscription opens a socket of its own; its connection parameters are what the header pane holds at that moment.
  subscriptionUrl: config.subscriptionEndpoint,
  // The schema is first asked for before there is a header pane.
  schemaFetcher: (params, options) => fetchSchema(params, options?.headers ? options : { headers: preset }),
});

createRoot(document.getElementById("root")).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={[HISTORY_PLUGIN, explorerPlugin()]}
    defaultTabs={EXAMPLE_TABS}
    defaultHeaders={headers}
    defaultEditorToolsVisibility
  />,
);
