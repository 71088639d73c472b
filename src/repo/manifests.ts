import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import { OutgrowError, type Problem } from "../model/error.ts";
import type { KubeObject } from "../model/facts.ts";
import { kubeMisfit } from "../model/kubeShape.ts";
import { pathText } from "../model/shape.ts";

/**
 * The Kubernetes objects of a YAML or JSON text, each with the file and line it begins at; a List counts as its items.
 * Throws one `manifest` error that names every problem with its place.
 */
export function readManifests(file: string, text: string): readonly KubeObject[] {
  if (text.includes("\0")) throw new OutgrowError("manifest", `${file} is not a text file.`);
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const reading: Reading = {
    file,
    isTemplate: text.includes("{{"),
    lineOf: (offset) => lines.linePos(offset).line,
    report: (offset, message, hint) => {
      const { line, col } = lines.linePos(offset);
      problems.push({ message, hint, at: { file, line, column: col } });
    },
  };
  const objects = documentsOf(text, file, lines).flatMap((document) => objectsOf(document, reading));
  if (problems.length > 0) throw manyProblems(file, problems);
  return objects;
}

interface Reading {
  readonly file: string;
  readonly isTemplate: boolean;
  lineOf(offset: number): number;
  report(offset: number, message: string, hint?: string): void;
}

function documentsOf(text: string, file: string, lineCounter: LineCounter): readonly Document.Parsed[] {
  try {
    const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: "error" });
    return "empty" in documents ? [] : documents;
  } catch {
    throw new OutgrowError("manifest", `${file} is nested too deeply.`);
  }
}

function objectsOf(document: Document.Parsed, reading: Reading): readonly KubeObject[] {
  // To YAML a template is wrong all over; once is enough.
  for (const { message, pos } of reading.isTemplate ? document.errors.slice(0, 1) : document.errors) {
    reading.report(pos[0], sentence(message), reading.isTemplate ? TEMPLATE_HINT : undefined);
  }
  const { contents } = document;
  if (document.errors.length > 0 || contents === null || (isScalar(contents) && contents.value === null))
    return [];
  return nodesOf(contents).flatMap((node) => objectOf(node, document, reading) ?? []);
}

/** The items of a List, wherever it came from; everything else is itself. */
function nodesOf(contents: Node): readonly Node[] {
  const kind = isMap(contents) ? contents.get("kind") : undefined;
  const items = isMap(contents) ? contents.get("items", true) : undefined;
  return typeof kind === "string" && kind.endsWith("List") && isSeq(items)
    ? (items.items as Node[])
    : [contents];
}

function objectOf(node: Node, document: Document.Parsed, reading: Reading): KubeObject | undefined {
  const offset = node.range?.[0] ?? 0;
  const value = plainValue(node, document, reading);
  if (value === undefined) return undefined;
  if (!isNamed(value)) {
    const hint = "Every object has apiVersion, kind and metadata.name.";
    reading.report(offset, "This is no Kubernetes object.", reading.isTemplate ? TEMPLATE_HINT : hint);
    return undefined;
  }
  const misfit = kubeMisfit(value);
  if (misfit !== null) {
    const place = isMap(node) ? (node.getIn(misfit.path, true) as Node | undefined) : undefined;
    reading.report(place?.range?.[0] ?? offset, `${pathText(misfit.path)} ${misfit.problem}.`);
    return undefined;
  }
  const name = String(value.metadata.name ?? `${value.metadata.generateName}*`);
  return {
    ...value,
    metadata: { ...value.metadata, name },
    from: { file: reading.file, line: reading.lineOf(offset) },
  };
}

/** As JSON: what refers to itself, or grows without end, is none. */
function plainValue(node: Node, document: Document.Parsed, reading: Reading): unknown {
  try {
    return JSON.parse(JSON.stringify(node.toJS(document)), withoutNulls) as unknown;
  } catch {
    reading.report(node.range?.[0] ?? 0, "Its aliases refer to themselves or grow without end.");
    return undefined;
  }
}

/** A key without a value is a key that is not there, as to the API server; in a list it stays, to be refused. */
function withoutNulls(this: unknown, _key: string, value: unknown): unknown {
  return value === null && !Array.isArray(this) ? undefined : value;
}

type Named = KubeObject & { readonly metadata: { readonly generateName?: unknown } };

function isNamed(value: unknown): value is Named {
  if (typeof value !== "object" || value === null) return false;
  const { apiVersion, kind, metadata } = value as Partial<Named>;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return false;
  return typeof (metadata?.name ?? metadata?.generateName) === "string";
}

const TEMPLATE_HINT =
  "This looks like a Helm template: give the folder its chart is in with --repo, or render it first (helm template).";

function sentence(message: string): string {
  return `${message.replace(/\.?$/, "")}.`;
}

function manyProblems(file: string, problems: readonly Problem[]): OutgrowError {
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  return new OutgrowError("manifest", `${file} has ${count}.`, { problems });
}
