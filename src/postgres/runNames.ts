import { OutgrowError } from "../model/error.ts";

/** The names of everything a move leaves on the servers for its time: they carry its id, so that leftovers are known as such. */
export interface RunNames {
  readonly id: string;
  /** A schema on either side: the record of who may write, and the marker. */
  readonly schema: string;
  /** A role on either side. */
  readonly role: string;
  /** From source to target: publication, subscription and its slot. */
  readonly forward: string;
  /** From target to source. */
  readonly back: string;
  /** The slot that lists the touched rows on the publishing side. */
  readonly touched: string;
}

const ID = "[a-z0-9]{4,16}";

/** What a schema, role or database of any move is called, as SQL's `~` has it. */
export const OURS = `outgrow_${ID}`;

export function runNames(id: string): RunNames {
  if (!new RegExp(`^${ID}$`).test(id)) throw new OutgrowError("internal", `"${id}" is no id of a move.`);
  const name = `outgrow_${id}`;
  return {
    id,
    schema: name,
    role: name,
    forward: `${name}_forward`,
    back: `${name}_back`,
    touched: `${name}_touched`,
  };
}

/** The comment on a database or role that a move made. */
export function madeBy({ id }: RunNames): string {
  return `made by outgrow, move ${id}`;
}
