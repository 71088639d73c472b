import { type Fields, read } from "../object.ts";

/** Sets what is absent. */
export function setDefaults(target: Fields, defaults: Fields): void {
  for (const [key, value] of Object.entries(defaults)) {
    if (target[key] === undefined || target[key] === null) target[key] = structuredClone(value);
  }
}

/** What every pod template gets when it does not say otherwise. */
export function defaultPodSpec(spec: Fields | undefined): void {
  if (spec === undefined) return;
  for (const list of ["containers", "initContainers"]) {
    for (const container of (spec[list] ?? []) as Fields[]) defaultContainer(container);
  }
  for (const volume of (spec.volumes ?? []) as Fields[]) defaultVolume(volume);
  setDefaults(spec, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  if (typeof spec.serviceAccountName === "string")
    setDefaults(spec, { serviceAccount: spec.serviceAccountName });
}

function defaultContainer(container: Fields): void {
  const image = typeof container.image === "string" ? container.image : "";
  const isMoving = image !== "" && (/:latest$/.test(image) || !/[:@][^/]*$/.test(image));
  setDefaults(container, {
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: isMoving ? "Always" : "IfNotPresent",
  });
  const limits = read<Fields>(container, "resources", "limits");
  if (limits !== undefined) {
    const resources = container.resources as Fields;
    const requests = (resources.requests ?? {}) as Fields;
    setDefaults(requests, limits);
    if (Object.keys(requests).length > 0) resources.requests = requests;
  }
  for (const port of (container.ports ?? []) as Fields[]) setDefaults(port, { protocol: "TCP" });
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    if (container[probe] !== undefined) defaultProbe(container[probe] as Fields);
  }
}

function defaultProbe(probe: Fields): void {
  setDefaults(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  if (probe.httpGet !== undefined) setDefaults(probe.httpGet as Fields, { scheme: "HTTP" });
}

function defaultVolume(volume: Fields): void {
  for (const source of ["secret", "configMap"]) {
    if (volume[source] !== undefined) setDefaults(volume[source] as Fields, { defaultMode: 420 });
  }
  if (volume.hostPath !== undefined) setDefaults(volume.hostPath as Fields, { type: "" });
}
