import { read } from "../object.ts";
import { list, setStatus, timeText, type World } from "../world.ts";

/** Accepts the names of every CustomResourceDefinition; a real one refuses those that clash. */
export function definitions(world: World): void {
  for (const definition of list(world, "customresourcedefinitions")) {
    if (read(definition, "status", "conditions") !== null) continue;
    const lastTransitionTime = timeText(world.now());
    setStatus(world, "customresourcedefinitions", definition, {
      conditions: [
        {
          type: "NamesAccepted",
          status: "True",
          lastTransitionTime,
          reason: "NoConflicts",
          message: "no conflicts found",
        },
        {
          type: "Established",
          status: "True",
          lastTransitionTime,
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
        },
      ],
      acceptedNames: read(definition, "spec", "names"),
      storedVersions: read(definition, "status", "storedVersions"),
    });
  }
}
