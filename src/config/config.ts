import type { PrometheusSettings, Scope, SignalSettings } from "../model/settings.ts";
import type { Trigger } from "../model/trigger.ts";

/** `outgrow.yaml`, checked, with every default filled in. Later verbs add their sections here. */
export interface Config {
  readonly cluster: {
    readonly name: string;
    readonly kubeconfig: string | null;
    readonly context: string | null;
  };
  readonly metrics: "direct" | { readonly prometheus: PrometheusSettings };
  readonly trigger: Trigger;
  readonly signals: readonly SignalSettings[];
  readonly scope: Scope;
}
