#!/usr/bin/env node
// Old Node first: a syntax error deep inside would tell nobody what to do.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    `outgrow: this is Node ${process.versions.node}, outgrow needs 24 or newer\n` +
      "  fix: run it as `npm exec outgrow -- …` (the package brings its own Node), or install Node 24\n",
  );
  process.exitCode = 1;
} else {
  const { main } = await import("../dist/cli/main.js");
  process.exitCode = await main(process.argv.slice(2));
}
