import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { startBrowser } from "../lab/browser.ts";
import { outgrow } from "../lab/outgrow.ts";
import { startPrometheus } from "../lab/prometheus.ts";
import { type TempFolder, tempFolder } from "../lab/temp.ts";
import { glazeHistory, NOW } from "./sessions/glazeHistory.ts";

/** The page of a backtest as people meet it: by role and label, in Debian's Chromium, from the file and without a network. */

const PALE_TEXTS = readFileSync("test/fixtures/paleTexts.js", "utf8");
/** How many pixels of the page lie beside the window. */
const OVERFLOW = "document.documentElement.scrollWidth - innerWidth";

let folder: TempFolder;
let browser: Browser;
let file = "";

before(async () => {
  folder = tempFolder("page");
  file = join(folder.path, "backtest.html");
  await using prometheus = await startPrometheus({ history: glazeHistory() });
  const config = join(folder.path, "outgrow.yaml");
  writeFileSync(config, configOf(prometheus.origin));
  const range = ["--from", "2026-11-22T05:00:00Z", "--to", new Date(NOW).toISOString()];
  const { code, stderr } = await outgrow(["backtest", "--config", config, ...range, "--html", file]);
  assert.equal(code, 0, stderr);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  folder[Symbol.dispose]();
});

function configOf(origin: string): string {
  return `version: 1
cluster: { name: "<b>glaze</b>" }
metrics: { prometheus: { url: "${origin}" } }
usageHours: { timeZone: America/New_York, from: "08:00", to: "23:00" }
workloads: { web: { deployment: default/glaze-web } }
`;
}

/** The page in a window of its own; a script, a request or a complaint of the browser fails the test. */
async function opened(look: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
  const page = await browser.newPage(look);
  const trouble: string[] = [];
  page.on("console", (message) => trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) trouble.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  assert.deepEqual(trouble, []);
  return page;
}

test("the first line answers, in words for everybody", async () => {
  const page = await opened();
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), "Twice, one host was not enough");
  assert.equal(await page.title(), "Twice, one host was not enough: <b>glaze</b>");
  assert.equal((await page.getByText("<b>glaze</b>", { exact: false }).count()) > 0, true, "a name is text");
  await page.close();
});

test("episodes and what came near are tables with headers", async () => {
  const page = await opened();
  const [episodes, nearest] = await page.getByRole("table").all();
  assert.deepEqual(await episodes?.getByRole("columnheader").allTextContents(), [
    "From",
    "For",
    "Signals at Act",
  ]);
  const [, first] = (await episodes?.getByRole("row").all()) ?? [];
  assert.match((await first?.textContent()) ?? "", /^Sun 22 Nov 19:3\d.*node-cpu/);
  assert.match((await nearest?.textContent()) ?? "", /celery-age 19 min of 30 min/);
  await page.close();
});

test("every signal with data is an image that says in words what it shows", async () => {
  const page = await opened();
  const labels = await page
    .getByRole("img")
    .evaluateAll((images) => images.map((image) => image.getAttribute("aria-label") ?? ""));
  assert.equal(labels.length, 9, labels.join("\n"));
  assert.match(
    labels.find((label) => label.startsWith("node-cpu")) ?? "",
    /^node-cpu: sustained at Act 2 ×, .* in all/,
  );
  await page.close();
});

test("what has no data is named, with its remedy", async () => {
  const page = await opened();
  await page.getByRole("heading", { name: "Without data" }).waitFor();
  assert.ok((await page.getByRole("term").filter({ hasText: "postgres-latency-p95" }).count()) === 1);
  await page.close();
});

for (const [name, look] of [
  ["a desk", { viewport: { width: 1280, height: 900 } }],
  ["a telephone", { viewport: { width: 360, height: 740 } }],
  ["a dark room", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
] as const) {
  test(`it fits on ${name}, and its words can be read`, async () => {
    const page = await opened(look);
    assert.equal(await page.evaluate(OVERFLOW), 0);
    assert.deepEqual(await page.evaluate(PALE_TEXTS), []);
    const kept = process.env.OUTGROW_SCREENSHOTS;
    if (kept !== undefined) await page.screenshot({ path: join(kept, `${name}.png`), fullPage: true });
    await page.close();
  });
}

test("a page that is too wide or too pale is noticed", async () => {
  const page = await opened({ viewport: { width: 360, height: 740 } });
  await page.addStyleTag({ content: "body { min-width: 900px } p { color: rgb(200, 200, 200) }" });
  assert.equal(await page.evaluate(OVERFLOW), 540);
  assert.notDeepEqual(await page.evaluate(PALE_TEXTS), []);
  await page.close();
});

test("it is one file that asks for nothing", () => {
  const text = readFileSync(file, "utf8");
  assert.doesNotMatch(text, /<script|<link|src=|@import|url\((?!#)/);
});
