/** PersistentVolumes keep their data when their claim is deleted (local-path deletes it). */
export interface VolumesRetain {
  readonly params: { readonly volumes: readonly string[] };
  /** The policy each volume had; only those that were not `Retain`. */
  readonly before: { readonly policies: Readonly<Record<string, string>> };
  readonly outputs: Readonly<Record<string, never>>;
}
