import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "yaml";
import { withKubeTools } from "../lab/kubeTools.ts";
import { parseArguments } from "../src/cli/arguments.ts";
import { auditCommand } from "../src/cli/audit.ts";
import { main } from "../src/cli/main.ts";

/** The example workflow is run here as far as it is ours: its outgrow lines, on Glaze's checkout. */
test("the example for GitHub Actions calls audit as audit is", async (t) => {
  const workflow = parse(readFileSync("examples/github-actions/audit.yml", "utf8")) as Workflow;
  const lines = workflow.jobs.audit.steps
    .flatMap(({ run = "" }) => run.split("\n"))
    .flatMap((line) => /^npx outgrow audit (.*)$/.exec(line.trim())?.[1] ?? []);
  assert.equal(lines.length, 3);
  for (const line of lines) {
    const argv = line.replace(/ > .*$/, "").split(" ");
    await t.test(line, async () => {
      parseArguments("audit", argv, auditCommand.options);
      const { code, stdout } = await outgrow([
        "audit",
        ...argv.map((word) => (word === "." ? "examples/glaze" : word)),
      ]);
      assert.equal(code, argv.includes("--exit-code") ? 10 : 0);
      assert.ok(stdout.length > 100);
    });
  }
});

interface Workflow {
  readonly jobs: { readonly audit: { readonly steps: readonly { readonly run?: string }[] } };
}

async function outgrow(argv: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  let stdout = "";
  const stream = { write: () => undefined, isTerminal: false, hasColors: false, columns: 100, rows: 24 };
  const code = await main(argv, {
    stdout: {
      ...stream,
      write: (text) => {
        stdout += text;
      },
    },
    stderr: stream,
    env: withKubeTools(),
    now: Date.now,
  });
  return { code, stdout };
}
