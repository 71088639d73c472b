import type { Place } from "../../model/error.ts";
import type { K3sFacts } from "../../model/hostFacts.ts";

/** One value of one k3s setting, on a host or, where no host has it, in a file of the repository. */
export interface Setting {
  /** `host glaze-prod` or `file infra/k3s/config.yaml` */
  readonly subject: string;
  readonly host: string | null;
  readonly role: K3sFacts["role"];
  readonly key: string;
  readonly value: string;
  /** `/etc/rancher/k3s/config.yaml:3` */
  readonly where: string;
  /** The line of the repository that says it, if there is one. */
  readonly at?: Place;
}
