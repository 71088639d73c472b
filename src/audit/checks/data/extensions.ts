import type { AuditCheck, Hit } from "../../check.ts";
import type { AuditContext } from "../../context.ts";
import { subjectOf } from "../../view/kube.ts";
import { linesMatching } from "../../view/repository.ts";

export const extensions: AuditCheck = {
  id: "data/extensions",
  severity: "warns",
  title: "The database needs an extension the new server must have",
  reason:
    "A managed server offers the extensions of its list, in its versions, and `doadmin` is no superuser. An extension that the old image brought along and the new server lacks stops the copy of the schema; the same holds for " +
    "functions in C and for event triggers.",
  sources: [
    "https://docs.digitalocean.com/products/databases/postgresql/details/supported-extensions/",
    "https://www.postgresql.org/docs/current/view-pg-available-extensions.html",
  ],
  find,
};

const IMAGES: readonly (readonly [image: RegExp, extension: string])[] = [
  [/postgis/, "postgis"],
  [/timescale/, "timescaledb"],
  [/pgvector/, "vector"],
  [/paradedb/, "pg_search"],
];
const CREATED = /CREATE EXTENSION (IF NOT EXISTS )?["']?(\w+)|CreateExtension\(["'](\w+)/i;

function find(context: AuditContext): readonly Hit[] {
  const leaving = context.stores.filter(({ kind, leavesCluster }) => kind === "postgres" && leavesCluster);
  if (leaving.length === 0) return [];
  const inImages = leaving
    .flatMap(({ workloads }) => workloads)
    .flatMap(({ object, podSpec }) =>
      (podSpec.containers ?? []).flatMap(({ name, image = "" }) => {
        const extension = IMAGES.find(([pattern]) => pattern.test(image))?.[1];
        if (extension === undefined) return [];
        return [
          { subject: subjectOf(object), evidence: `container ${name}: ${image}`, fix: fixFor(extension) },
        ];
      }),
    );
  const created = linesMatching(context, /\.(py|sql|sh|ya?ml|tpl)$/, CREATED).map(({ at, text, shown }) => {
    const [, , plain, django] = CREATED.exec(text) ?? [];
    return { subject: at.file, evidence: shown, fix: fixFor(plain ?? django ?? "it"), at };
  });
  return [...inImages, ...created];
}

function fixFor(extension: string): string {
  return `On the new server, before the move: SELECT default_version FROM pg_available_extensions WHERE name = '${extension}'; compare it with pg_extension of the old one.`;
}
