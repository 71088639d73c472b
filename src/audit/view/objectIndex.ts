import type { KubeObject } from "../../model/facts.ts";

/** Objects by their name. */
export interface ObjectIndex {
  find(kind: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** The ExternalSecret that writes a Secret. */
  writerOf(namespace: string, secret: string): KubeObject | undefined;
}
