import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";

const product = globSync("src/**/*.ts").filter((file) => !file.endsWith(".test.ts"));
const laboratory = globSync("lab/**/*.ts").filter((file) => !file.endsWith(".test.ts"));

test("files are small: median at most 80 lines, none over 300", () => {
  const sizes = [...product, ...laboratory].map((file) => ({ file, lines: linesOf(file) }));
  const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
  assert.ok((sorted[Math.floor(sorted.length / 2)] ?? 0) <= 80, `median is ${sorted[sorted.length >> 1]}`);
  assert.deepEqual(
    sizes.filter(({ lines }) => lines > 300),
    [],
  );
});

test("functions are small: median at most 8 lines, none over 60", () => {
  const sizes = [...product, ...laboratory].flatMap(functionSizes);
  const sorted = sizes.map(({ lines }) => lines).sort((a, b) => a - b);
  assert.ok(sizes.length > 100, "the parser saw hardly any function");
  assert.ok((sorted[sorted.length >> 1] ?? 0) <= 8, `median is ${sorted[sorted.length >> 1]}`);
  assert.deepEqual(
    sizes.filter(({ lines }) => lines > 60),
    [],
  );
});

test("the layer tool sees every module and the layers hold", () => {
  const report = cruise(["src"]);
  const seen = report.modules.map(({ source }) => source).filter((source) => source.startsWith("src/"));
  assert.deepEqual(
    product.filter((file) => !seen.includes(file)),
    [],
  );
  const edges = report.modules.flatMap(({ dependencies }) => dependencies).length;
  assert.ok(edges > product.length, `only ${edges} imports seen in ${product.length} modules`);
  assert.deepEqual(report.summary.violations, []);
});

test("the layer tool catches a planted import", () => {
  const report = cruise(["test/fixtures/layers/src"], ["--config", "test/fixtures/layers/config.mjs"]);
  const rules = new Set(report.summary.violations.map(({ rule }) => rule.name));
  assert.deepEqual([...rules].sort(), [
    "adapters-never-import-each-other",
    "layer-0-imports-nothing-above",
    "layer-1-imports-nothing-above",
    "model-imports-nothing",
    "pure-layer-does-no-io",
  ]);
});

test("what is built imports what is built", () => {
  const built = mkdtempSync(join(tmpdir(), "outgrow-build-"));
  try {
    run(["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", built]);
    const files = globSync(`${built}/**/*.js`);
    assert.ok(files.length >= product.length, `only ${files.length} files were built`);
    assert.deepEqual(
      files.filter((file) => /import\("[^"]+\.ts"\)/.test(readFileSync(file, "utf8"))),
      [],
    );
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
});

test("no path of a machine, no silenced check", () => {
  const files = execFileSync("git", ["ls-files"], { encoding: "utf8" }).trim().split("\n");
  const texts = files.filter(
    (file) => /\.(ts|js|mjs|md|sh|yaml|json)$|Makefile$/.test(file) && file !== "package-lock.json",
  );
  const bad = texts.filter((file) =>
    /(@ts-ignore|@ts-nocheck|biome-ignore|\bas any\b)/.test(readFileSync(file, "utf8")),
  );
  assert.deepEqual(
    bad.filter((file) => file !== "test/style.test.ts"),
    [],
  );
});

interface CruiseReport {
  readonly modules: readonly { readonly source: string; readonly dependencies: readonly unknown[] }[];
  readonly summary: { readonly violations: readonly { readonly rule: { readonly name: string } }[] };
}

function cruise(roots: readonly string[], options: readonly string[] = []): CruiseReport {
  const args = [
    "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
    ...roots,
    "--output-type",
    "json",
    ...options,
  ];
  try {
    return JSON.parse(run(args)) as CruiseReport;
  } catch (error) {
    // It exits with the number of violations, and prints the same report.
    return JSON.parse(String((error as { stdout: string }).stdout)) as CruiseReport;
  }
}

function run(args: readonly string[]): string {
  return execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
}

function linesOf(file: string): number {
  return readFileSync(file, "utf8").split("\n").length - 1;
}

function functionSizes(file: string): { file: string; name: string; lines: number }[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const sizes: { file: string; name: string; lines: number }[] = [];
  const visit = (node: ts.Node) => {
    if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.body !== undefined) {
      const lines = lineAt(source, node.body.end) - lineAt(source, node.body.pos) - 1;
      sizes.push({ file, name: node.name?.getText(source) ?? "", lines: Math.max(1, lines) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sizes;
}

function lineAt(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line;
}
