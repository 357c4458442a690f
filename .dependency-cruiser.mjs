// Imports run one way: protocol <- topics <- log <- engines, broker <- router <- transport <- the files at the
// root of src, which put the parts together. See docs for what each layer is.
const layers = {
  protocol: [],
  observe: ["protocol"],
  limits: ["protocol"],
  topics: ["protocol"],
  log: ["protocol", "topics"],
  engines: ["protocol", "observe", "topics", "log"],
  broker: ["protocol", "observe", "limits", "topics", "log"],
  security: ["protocol", "observe", "limits"],
  router: ["protocol", "observe", "limits", "topics", "log", "broker", "security"],
  transport: ["protocol", "observe", "limits", "topics", "log", "broker", "security", "router"],
};

const server = "^packages/server/src/";

/** The modules of protocol and topics that the client does not bundle; they may use zod. */
const serverOnly = `${server}(protocol/inputs|topics/(describe-topics|json-schema))\\.ts$`;

const layerRules = Object.entries(layers).map(([layer, below]) => ({
  name: `layer-${layer}`,
  comment: `${layer} may import ${below.length > 0 ? below.join(", ") : "no other layer"}`,
  severity: "error",
  from: { path: `${server}${layer}/` },
  to: { path: server, pathNot: `${server}((${[layer, ...below].join("|")})/|version\\.ts$)` },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Modules that import each other cannot be read, tested or moved alone",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "An import that leads nowhere would also escape the other rules",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    ...layerRules,
    {
      name: "browser-safe-server-parts",
      comment: "The client bundles protocol and topics, and it runs in browsers",
      severity: "error",
      from: { path: `${server}(protocol|topics)/` },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "few-know-zod",
      comment: "What the client bundles of protocol and topics may not need zod",
      severity: "error",
      from: { path: `${server}(protocol|topics)/`, pathNot: serverOnly },
      to: { path: "node_modules/zod/" },
    },
    {
      name: "server-only-parts-stay-out-of-the-client",
      comment: "What the client bundles may take types from the server-only modules, and nothing else",
      severity: "error",
      from: { path: `${server}(protocol|topics)/`, pathNot: serverOnly },
      to: { path: serverOnly, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "client-knows-protocol-and-topics",
      comment: "The client may import only the browser-safe entries of the server",
      severity: "error",
      from: { path: "^packages/client/src/" },
      to: { path: "^packages/", pathNot: "^packages/(client/src/|server/dist/(protocol|topics)/index\\.)" },
    },
    {
      name: "client-is-browser-safe",
      comment: "Only the Node entry of the client may import ws or Node's own modules",
      severity: "error",
      from: { path: "^packages/client/src/", pathNot: "^packages/client/src/node\\.ts$" },
      to: { path: ["node_modules/(@types/)?ws/", "^packages/client/src/node\\.ts$"] },
    },
    {
      name: "client-without-node-modules",
      comment: "Only the Node entry of the client may import ws or Node's own modules",
      severity: "error",
      from: { path: "^packages/client/src/", pathNot: "^packages/client/src/node\\.ts$" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "react-for-hooks",
      comment: "Only the hooks may need React, which is an optional peer",
      severity: "error",
      from: { path: "^packages/client/src/", pathNot: "^packages/client/src/react/" },
      to: { path: ["node_modules/(@types/)?react/", "^packages/client/src/react/"] },
    },
    {
      name: "public-entries-only",
      comment: "The CLI and the demo use the packages as their users do",
      severity: "error",
      from: { path: "^packages/(cli|demo)/src/" },
      to: {
        path: "^packages/",
        pathNot:
          "^packages/($1/src/|server/dist/(((protocol|topics|testing)/)?index|engines/nats)\\.|client/dist/(index|node)\\.)",
      },
    },
    {
      name: "console-uses-the-client",
      comment: "The console knows the broker as any page does, and is built after the client",
      severity: "error",
      from: { path: "^packages/console/src/" },
      to: { path: "^packages/", pathNot: "^packages/(console/src/|client/dist/(index|node)\\.)" },
    },
    {
      name: "nobody-needs-the-console",
      comment: "It is built last, and its output is put into what the server ships",
      severity: "error",
      from: { pathNot: "^packages/console/" },
      to: { path: "^packages/console/" },
    },
    {
      name: "declared-dependencies",
      comment:
        "What is published must not need what is only there for development, or is not declared at all",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: {
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
        // The client bundles its part of the server in, and React is a peer of its hooks.
        pathNot: "^packages/server/dist/(protocol|topics)/|node_modules/(@types/)?react/",
      },
    },
  ],
  options: {
    exclude: { path: "/\\.types/" },
    doNotFollow: { path: ["node_modules", "^packages/[^/]+/dist/"] },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      mainFields: ["module", "main", "types"],
    },
    tsConfig: { fileName: "tsconfig.base.json" },
  },
};
