import type { K3sFacts } from "../../model/hostFacts.ts";
import { type HostFact, linesOf } from "./hostFact.ts";

/** Which of its own datastores k3s has used; an external one only its settings tell. */
export const datastoreFact: HostFact<K3sFacts["datastore"]> = {
  name: "k3s datastore",
  script: `db=/var/lib/rancher/k3s/server/db
if [ -e /var/lib/rancher/k3s ] && ! ls /var/lib/rancher/k3s >/dev/null; then exit 1; fi
if [ -d "$db/etcd" ]; then echo etcd; elif [ -e "$db/state.db" ]; then echo sqlite; fi`,
  parse(text) {
    const [word] = linesOf(text);
    return word === "etcd" || word === "sqlite" ? word : null;
  },
};
