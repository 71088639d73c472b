import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv, type ValidateFunction } from "ajv";
import type { Facts } from "../model/facts.ts";
import type { Finding } from "../model/finding.ts";
import { auditMarkdown } from "./auditMarkdown.ts";
import type { AuditReport } from "./auditReport.ts";
import { auditSarif } from "./auditSarif.ts";
import { auditText } from "./auditText.ts";

const facts: Facts = {
  version: 1,
  readAt: "2026-11-23T19:32:00Z",
  cluster: null,
  hosts: {},
  repository: { files: [{ path: "deploy.sh", text: "" }], objects: [] },
  cloud: null,
  signals: null,
  gaps: [
    { area: "cloud", subject: "all of it", reason: "absent", message: "outgrow.yaml has no cloud." },
    { area: "cluster", subject: "v1 secrets", reason: "denied", message: "forbidden for glaze-reader." },
  ],
};

const blocking: Finding = {
  id: "storage/local-volume",
  severity: "blocks",
  subject: "PersistentVolumeClaim default/media",
  evidence:
    "PersistentVolume pvc-1 requires kubernetes.io/hostname in [glaze-prod]; mounted by Deployment default/web_1",
  fix: "Move it:\n  kubectl -n default delete pvc media",
  docs: "docs/checks/storage/local-volume.md",
  at: { file: "chart/glaze/templates/my web.yaml", line: 12 },
};
const informing: Finding = {
  ...blocking,
  severity: "informs",
  subject: "Deployment default/<b>",
  evidence: "`x`",
  fix: "Wait.",
};
const { at: _at, ...placeless } = informing;

const report: AuditReport = {
  clusterName: "glaze",
  timeZone: "America/New_York",
  facts,
  findings: [blocking, placeless],
};
const clean: AuditReport = { ...report, findings: [], facts: { ...facts, gaps: [] } };
const plain = (_style: unknown, text: string) => text;

test("the terminal form: verdict, findings with place, what was not seen", () => {
  assert.equal(
    auditText(report, plain, 100),
    `glaze · read Mon 23 Nov 14:32 New York · repository (1 file)

  A second host would not work yet: 1 thing blocks it. 1 remark.

BLOCKS  the move would fail, or lose something

✖ A volume is bound to one host                                                 storage/local-volume
    PersistentVolumeClaim default/media  chart/glaze/templates/my web.yaml:12
      seen  PersistentVolume pvc-1 requires kubernetes.io/hostname in [glaze-prod]; mounted by
            Deployment default/web_1
      fix   Move it:
              kubectl -n default delete pvc media

INFORMS  good to know

· A volume is bound to one host                                                 storage/local-volume
    Deployment default/<b>
      seen  \`x\`
      fix   Wait.

NOT SEEN  silence about these proves nothing
    cloud  outgrow.yaml has no cloud.
    cluster  v1 secrets: forbidden for glaze-reader.
`,
  );
});

test("nothing found is one sentence", () => {
  assert.equal(
    auditText(clean, plain, 100),
    "glaze · read Mon 23 Nov 14:32 New York · repository (1 file)\n\n  Nothing stands in the way of a second host.\n",
  );
});

test("the comment of a pull request keeps what it quotes from becoming markup", () => {
  assert.equal(
    auditMarkdown(report),
    `### outgrow audit: glaze

A second host would not work yet: 1 thing blocks it. 1 remark.

#### Blocks

**A volume is bound to one host** \`storage/local-volume\`

- **PersistentVolumeClaim default/media** (\`chart/glaze/templates/my web.yaml:12\`): PersistentVolume pvc-1 requires kubernetes.io/hostname in \\[glaze-prod\\]; mounted by Deployment default/web\\_1
  <details><summary>Fix</summary>

  \`\`\`
  Move it:
    kubectl -n default delete pvc media
  \`\`\`

  </details>

#### Informs

**A volume is bound to one host** \`storage/local-volume\`

- **Deployment default/\\<b\\>**: \\\`x\\\`
  <details><summary>Fix</summary>

  \`\`\`
  Wait.
  \`\`\`

  </details>

<details><summary>Not seen</summary>

- cloud, all of it: outgrow.yaml has no cloud.
- cluster, v1 secrets: forbidden for glaze-reader.

</details>
`,
  );
});

test("SARIF is valid, and every result has a place, as GitHub demands", () => {
  const validate = sarifSchema();
  const sarif = auditSarif(report, "0.1.0", "outgrow.yaml") as Sarif;
  assert.ok(validate(sarif), JSON.stringify(validate.errors));
  const [first, second] = sarif.runs[0].results;
  assert.deepEqual(first.locations[0].physicalLocation, {
    artifactLocation: { uri: "chart/glaze/templates/my%20web.yaml", uriBaseId: "%SRCROOT%" },
    region: { startLine: 12 },
  });
  assert.equal(second.locations[0].physicalLocation.artifactLocation.uri, "outgrow.yaml");
  assert.deepEqual([first.level, second.level, first.ruleIndex], ["error", "note", 0]);
  assert.notEqual(
    first.partialFingerprints["outgrowFinding/v1"],
    second.partialFingerprints["outgrowFinding/v1"],
  );
  assert.ok(validate(auditSarif(clean, "0.1.0", "outgrow.yaml")), JSON.stringify(validate.errors));
});

test("the schema notices what is no SARIF", () => {
  const validate = sarifSchema();
  const sarif = JSON.parse(JSON.stringify(auditSarif(report, "0.1.0", "outgrow.yaml"))) as Sarif;
  assert.equal(validate({ ...sarif, version: "2.0.0" }), false);
  (sarif.runs[0].results[0] as { level: string }).level = "blocks";
  assert.equal(validate(sarif), false);
});

interface Sarif {
  readonly runs: readonly [{ readonly results: readonly [SarifResult, SarifResult] }];
}

interface SarifResult {
  readonly level: string;
  readonly ruleIndex: number;
  readonly locations: readonly [
    { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } },
  ];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}

/** The schema of OASIS, as schemastore.org serves it; written for an older draft, of which it uses nothing special. */
function sarifSchema(): ValidateFunction {
  const text = readFileSync("test/fixtures/schemas/sarif-2.1.0.json", "utf8");
  const { $schema: _schema, id: _id, ...schema } = JSON.parse(text) as Record<string, unknown>;
  return new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false, logger: false }).compile(
    schema,
  );
}
