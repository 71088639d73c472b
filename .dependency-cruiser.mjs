// The layer rule of ARCHITECTURE.md: a folder imports only what stands below it.
// test/style.test.ts holds the guard that this tool really saw the modules.
const LAYERS = [
  ["model"],
  ["config", "signals", "trigger", "audit", "plan", "compile"],
  ["metrics", "kube", "hosts", "clouds", "postgres", "redis", "secrets", "repo", "store"],
  ["apply", "facts", "rehearse", "watch"],
  ["cli", "web"],
];
const folders = (names) => `^src/(${names.join("|")})/`;

const upwards = LAYERS.slice(0, -1).map((names, index) => ({
  name: `layer-${index}-imports-nothing-above`,
  severity: "error",
  from: { path: folders(names), pathNot: "[.]test[.]ts$" },
  to: { path: folders(LAYERS.slice(index + 1).flat()) },
}));

export default {
  forbidden: [
    ...upwards,
    {
      name: "model-imports-nothing",
      severity: "error",
      from: { path: "^src/model/", pathNot: "[.]test[.]ts$" },
      to: { pathNot: "^src/model/" },
    },
    {
      name: "pure-layer-does-no-io",
      severity: "error",
      from: { path: folders(LAYERS[1]), pathNot: "[.]test[.]ts$" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "adapters-never-import-each-other",
      severity: "error",
      from: { path: `^src/(${LAYERS[2].join("|")})/`, pathNot: "[.]test[.]ts$" },
      to: { path: folders(LAYERS[2]), pathNot: "^src/$1/" },
    },
    {
      name: "product-does-not-know-the-lab",
      severity: "error",
      from: { path: "^src/", pathNot: "[.]test[.]ts$" },
      to: { path: "^(lab|test|scripts)/" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: "[.]test[.]ts$" }, to: {} },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
  },
};
