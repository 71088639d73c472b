import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { withKubeTools } from "../../lab/kubeTools.ts";
import { tempFolder } from "../../lab/temp.ts";
import { chartUses } from "./chartUses.ts";
import { readRepository } from "./readRepository.ts";

const GLAZE = "examples/glaze";

test("Glaze's checkout: its texts, and its chart as the deploy calls it", async () => {
  const { value, gaps } = await readRepository({ root: GLAZE, chart: null, env: withKubeTools() });
  assert.deepEqual(gaps, []);
  const paths = value.files.map(({ path }) => path);
  for (const path of [".github/workflows/cd.yml", "scripts/deploy.sh", "infra/k3s/config.yaml"]) {
    assert.ok(paths.includes(path), path);
  }
  const web = value.objects.find(
    ({ kind, metadata }) => kind === "Deployment" && metadata.name === "glaze-web",
  );
  assert.equal(web?.metadata.namespace, "default");
  assert.deepEqual(web?.from, { file: "chart/glaze/templates/web.yaml", line: 1 });
});

test("without helm the chart is a gap, and the texts are there all the same", async () => {
  const { value, gaps } = await readRepository({ root: GLAZE, chart: null, env: { PATH: "/nowhere" } });
  assert.deepEqual(gaps, [
    {
      area: "repository",
      subject: "the chart chart/glaze, rendered",
      reason: "absent",
      message: "helm is not installed here.",
    },
  ]);
  assert.deepEqual(value.objects, []);
  assert.ok(value.files.length > 5);
});

test("a chart that helm refuses is a gap with helm's own words", async () => {
  using folder = checkout({
    "chart/Chart.yaml": "name: broken\nversion: 1.0.0\napiVersion: v2\n",
    "chart/templates/a.yaml": '{{ fail "no" }}',
  });
  const { gaps } = await readRepository({ root: folder.path, chart: null, env: withKubeTools() });
  assert.equal(gaps.length, 1);
  assert.match(
    gaps[0]?.message ?? "",
    /^helm template refused it: execution error at \(broken\/templates\/a.yaml:1:3\): no$/,
  );
});

test("what git ignores, secrets and huge files are not read", async () => {
  using folder = checkout({
    ".gitignore": "ignored.yaml\n",
    "ignored.yaml": "a: 1\n",
    ".env": "PASSWORD=x\n",
    "kept.yaml": "a: 1\n",
    "huge.yaml": `a: ${"x".repeat(1024 * 1024)}\n`,
  });
  execFileSync("git", ["init", "-q"], { cwd: folder.path });
  const { value, gaps } = await readRepository({ root: folder.path, chart: null, env: {} });
  assert.deepEqual(value.files, [{ path: "kept.yaml", text: "a: 1\n" }]);
  assert.deepEqual(gaps, [
    {
      area: "repository",
      subject: "huge.yaml",
      reason: "failed",
      message: "It is larger than 1 MiB and was not read.",
    },
  ]);
});

test("a repository without charts and without git is fine; a folder that is not there is not", async () => {
  using folder = checkout({ "deploy.sh": "true\n" });
  const { value, gaps } = await readRepository({ root: folder.path, chart: null, env: {} });
  assert.deepEqual([value.files.length, value.objects.length, gaps.length], [1, 0, 0]);
  const nowhere = join(folder.path, "nowhere");
  await assert.rejects(readRepository({ root: nowhere, chart: null, env: {} }), {
    code: "file",
    message: `There is no folder ${nowhere}.`,
  });
  await assert.rejects(readRepository({ root: folder.path, chart: "chart/glaze", env: {} }), {
    message: `There is no chart chart/glaze in ${folder.path}.`,
  });
});

test("how the deploy calls a chart is read from its scripts", () => {
  const files = [
    { path: "charts/shop/Chart.yaml", text: "" },
    { path: "charts/shop/charts/db/Chart.yaml", text: "" },
    { path: "prod.yaml", text: "" },
    {
      path: "deploy.sh",
      text: "helm upgrade --install store ./charts/shop/ -n shop \\\n  -f prod.yaml,missing.yaml\n",
    },
  ];
  assert.deepEqual(chartUses(files, null), [
    { folder: "charts/shop", release: "store", namespace: "shop", valuesFiles: ["prod.yaml"] },
  ]);
});

function checkout(files: Readonly<Record<string, string>>) {
  const folder = tempFolder("checkout");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), text);
  }
  return folder;
}
