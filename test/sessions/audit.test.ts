import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { tempFolder } from "../../lab/temp.ts";
import { recordedSteps } from "./recorded.ts";

const now = Date.UTC(2026, 10, 23, 19, 32);

const WEB = `apiVersion: apps/v1
kind: Deployment
metadata: { namespace: default, name: glaze-web }
spec:
  replicas: 2
  template:
    metadata: { labels: { app: web } }
    spec:
      topologySpreadConstraints:
        - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway }
      containers:
        - name: web
          image: ghcr.io/glaze/app:1.4
          readinessProbe: { httpGet: { path: /healthz, port: 8000 } }
          resources: { requests: { cpu: 200m, memory: 256Mi }, limits: { memory: 512Mi } }
`;

const FILES: Readonly<Record<string, string>> = {
  "web.yaml": WEB,
  "pinned.yaml": WEB.replace("      containers:", "      nodeName: glaze-prod\n      containers:"),
  "never.yaml": WEB.replace("          image", "          imagePullPolicy: Never\n          image"),
  "volume.yaml": `${WEB}---
apiVersion: v1
kind: PersistentVolume
metadata: { name: pvc-1 }
spec:
  persistentVolumeReclaimPolicy: Delete
  storageClassName: local-path
  claimRef: { namespace: default, name: media }
`,
  "broken.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: 5 }\n---\nkind: x\n  y: 1\n",
  "cyclic.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: &d { again: *d }\n",
  "template.yaml": "{{- if .Values.web }}\nkind: Deployment\n{{- end }}\n",
  "picture.yaml": "\u0089PNG\0",
  "later.json": '{ "version": 2 }',
  "other.json": '{ "findings": [] }',
  "cut.json": '{ "version": 1, "readAt": "2026-11-23T19:32:00Z" }',
  "nothing/README.txt": "nothing that is deployed\n",
};

test("audit and init in a pull request, and everything that may be wrong with their input", async (t) => {
  using folder = tempFolder("session");
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(`${folder.path}/${path}`), { recursive: true });
    writeFileSync(`${folder.path}/${path}`, text);
  }
  const home = process.cwd();
  process.chdir(folder.path);
  try {
    await recordedSteps(t, "audit.session", { now, env: { PATH: "/nowhere" } });
  } finally {
    process.chdir(home);
  }
});
