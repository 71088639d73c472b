import assert from "node:assert/strict";
import { test } from "node:test";
import { OutgrowError } from "../model/error.ts";
import { readManifests } from "./manifests.ts";

const web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\n";

test("every document is an object with its place; empty ones are nothing", () => {
  const text = `# comment only\n---\n${web}---\n\n---\n${web.replace("web", "worker")}`;
  assert.deepEqual(
    readManifests("app.yaml", text).map(({ metadata, from }) => [metadata.name, from]),
    [
      ["web", { file: "app.yaml", line: 3 }],
      ["worker", { file: "app.yaml", line: 9 }],
    ],
  );
});

test("a List counts as its items", () => {
  const text =
    "apiVersion: v1\nkind: List\nitems:\n  - { apiVersion: v1, kind: Secret, metadata: { name: a } }\n";
  assert.deepEqual(
    readManifests("list.yaml", text).map(({ kind, from }) => [kind, from?.line]),
    [["Secret", 4]],
  );
});

test("a key without a value is not there", () => {
  const [pod] = readManifests(
    "a.yaml",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { initContainers: }\n",
  );
  assert.deepEqual(pod?.spec, {});
});

test("JSON is YAML", () => {
  const [object] = readManifests(
    "a.json",
    '{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"job-"}}',
  );
  assert.equal(object?.metadata.name, "job-*");
});

const wrong: readonly (readonly [name: string, text: string, told: readonly string[]])[] = [
  ["a tab", "a:\n\tb: 1\n", ["2:1 Tabs are not allowed as indentation."]],
  [
    "no object",
    "a: 1\n",
    ["1:1 This is no Kubernetes object. Every object has apiVersion, kind and metadata.name."],
  ],
  [
    "a bare list",
    `${web}---\n- 1\n`,
    ["5:1 This is no Kubernetes object. Every object has apiVersion, kind and metadata.name."],
  ],
  [
    "a pod's field of the wrong kind",
    `${web}spec:\n  template:\n    spec:\n      containers: 5\n`,
    ["7:19 spec.template.spec.containers must be a list."],
  ],
  [
    "a container's argument that is no text",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ args: [a, 5] }] }\n",
    ["4:34 spec.containers[0].args[1] must be a text."],
  ],
  [
    "an empty entry of a list",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [null] }\n",
    ["4:22 spec.containers[0] must be a mapping."],
  ],
  ["a cycle", `${web}spec: &a { b: *a }\n`, ["1:1 Its aliases refer to themselves or grow without end."]],
  [
    "a template",
    "kind: {{ .Values.kind }}\nname: a\n",
    [
      "1:1 This is no Kubernetes object. This looks like a Helm template: give the folder its chart is in with --repo, or render it first (helm template).",
    ],
  ],
];

for (const [name, text, told] of wrong) {
  test(`refused with its place: ${name}`, () => {
    assert.throws(
      () => readManifests("a.yaml", text),
      (error) => {
        assert.ok(error instanceof OutgrowError);
        const lines = error.problems.map(
          ({ at, message, hint }) => `${at?.line}:${at?.column} ${[message, hint].filter(Boolean).join(" ")}`,
        );
        assert.deepEqual(lines, told);
        return error.code === "manifest" && at(error) === "a.yaml";
      },
    );
  });
}

function at(error: OutgrowError): string | undefined {
  return error.problems[0]?.at?.file;
}

test("what doubles itself a billion times is refused, not unfolded", () => {
  const levels = Array.from({ length: 12 }, (_, level) => {
    const items = level === 0 ? "[x]" : `[${Array.from({ length: 9 }, () => `*l${level - 1}`).join(",")}]`;
    return `l${level}: &l${level} ${items}\n`;
  });
  assert.throws(() => readManifests("bomb.yaml", web + levels.join("")), { code: "manifest" });
});

test("what is no text is refused", () => {
  assert.throws(() => readManifests("a.bin", "a\0b"), { message: "a.bin is not a text file." });
});
