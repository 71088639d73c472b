import type { RepositoryFacts } from "./facts.ts";
import { redactText } from "./redact.ts";
import { redactObject } from "./redactObject.ts";
import { serviceNames } from "./serviceNames.ts";

/** A checkout without the secrets people commit. Lines keep their numbers; twice is as once. */
export function redactRepository({ files, objects }: RepositoryFacts): RepositoryFacts {
  const isService = serviceNames(objects);
  return {
    files: files.map(({ path, text }) => ({ path, text: redactText(text) })),
    objects: objects.flatMap((object) => redactObject(object, isService)),
  };
}
