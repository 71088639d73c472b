/** Waits for every one of them, and throws then what the first in the list failed with: nobody is still at work when the caller goes on. */
export async function allEnded(works: readonly Promise<void>[]): Promise<void> {
  const ended = await Promise.allSettled(works);
  const failed = ended.find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
