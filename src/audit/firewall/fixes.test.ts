import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { type AuditCase, findingsOf, readAuditCases } from "../../../test/auditCases.ts";
import { FIREWALL } from "../checks/firewall.ts";

/** Every nft command of a fix does what it promises: loaded by the real nft, the finding is gone. */
const JUDGED = /^firewall\/(.*-(open|closed)|pods-.*)$/;

let proved = 0;

for (const check of FIREWALL.filter(({ id }) => JUDGED.test(id))) {
  for (const each of readAuditCases(check.id)) {
    const found = findingsOf(each, [check]);
    if (found.length === 0 || found.some(({ fix }) => commandsOf(fix).length === 0)) continue;
    proved++;
    test(`${check.id}: ${each.name}: the fix is enough`, () => {
      assert.deepEqual(
        findingsOf(
          afterwards(each, (host) =>
            found
              .filter(({ subject }) => !subject.startsWith("host ") || subject === `host ${host}`)
              .flatMap(({ fix }) => commandsOf(fix)),
          ),
          [check],
        ),
        [],
      );
    });
  }
}

test("most fixes are commands", () => {
  assert.ok(proved >= 20, `only ${proved}`);
});

test("a fix that does nothing is noticed", () => {
  const closed = FIREWALL.find(({ id }) => id === "firewall/overlay-closed");
  const [first] = readAuditCases("firewall/overlay-closed");
  assert.ok(closed !== undefined && first !== undefined);
  assert.equal(
    findingsOf(
      afterwards(first, () => []),
      [closed],
    ).length,
    1,
  );
});

/** What stands in a line after `nft`, up to its end. */
function commandsOf(fix: string): readonly string[] {
  return [...fix.matchAll(/(?:^|: )(nft .*)$/gm)].map(([, command = ""]) => command);
}

/** The same hosts after the commands. */
function afterwards(each: AuditCase, commands: (host: string) => readonly string[]): AuditCase {
  const hosts = Object.entries(each.hosts ?? {}).map(([name, host]) => {
    const script = ["nft -f -", ...commands(name), "nft list ruleset"].join("\n");
    const nft = execFileSync("unshare", ["-n", "sh", "-ec", script], {
      input: host.nft ?? "",
      encoding: "utf8",
    });
    return [name, { ...host, nft }] as const;
  });
  return { ...each, hosts: Object.fromEntries(hosts) };
}
