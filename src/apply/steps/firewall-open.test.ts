import assert from "node:assert/strict";
import { after as afterAll, before as beforeAll, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { LabHost } from "../../../lab/hosts/host.ts";
import { type HostsLab, startHosts } from "../../../lab/hosts/start.ts";
import { createHostWorld } from "../../../lab/hostWorld.ts";
import { waitFor } from "../../../lab/waitFor.ts";
import { begin, exercise, type StepCase } from "../../../test/apply/stepHarness.ts";
import type { HostSession } from "../../hosts/session.ts";
import { createSshSession } from "../../hosts/sshSession.ts";
import { sshTarget } from "../../hosts/target.ts";
import { OutgrowError } from "../../model/error.ts";
import type { FirewallOpening } from "../../model/steps/firewall-open.ts";
import { createFirewallOpen, firewallOpen } from "./firewall-open.ts";

const PEER = "10.116.0.3";
const OPENINGS: readonly FirewallOpening[] = [
  { protocol: "udp", port: 8472, from: [PEER] },
  { protocol: "tcp", port: 6443, from: [PEER] },
  { protocol: "tcp", port: 10250, from: [PEER] },
];

let lab: HostsLab;
let fresh: Awaited<ReturnType<HostsLab["snapshot"]>>;
beforeAll(async () => {
  lab = await startHosts();
  fresh = await lab.snapshot();
});
afterAll(() => lab[Symbol.asyncDispose]());

function worldOf(wrap?: (session: HostSession) => HostSession) {
  return createHostWorld({
    sshConfigFile: lab.sshConfigFile,
    folder: lab.folder,
    ...(wrap === undefined ? {} : { wrap }),
  });
}

function stepOn(
  host: LabHost,
  world: StepCase<"firewall-open">["world"],
  files: readonly string[],
): StepCase<"firewall-open"> {
  return {
    handler: firewallOpen,
    world,
    params: {
      host: host.name,
      openings: OPENINGS.map((each) => ({
        ...each,
        from: [host.name === "glaze-prod" ? PEER : "10.116.0.2"],
      })),
      into: { kind: "where-it-drops" },
    },
    look: async () => [await host.ruleset(), await textsOf(host, files)].join("\n"),
  };
}

async function textsOf(host: LabHost, files: readonly string[]): Promise<string> {
  const script = 'for f in "$@"; do echo "== $f"; stat -c "%a %U" "$f" 2>/dev/null && cat "$f"; done; true';
  return await host.run("sh", ["-c", script, "", ...files]);
}

const FLOWS = ["udp 8472", "tcp 6443", "tcp 10250", "tcp 22", "tcp 443"] as const;

/** Which flows get through all chains of a host: real packets, counted behind everything else. */
async function comingIn(
  host: LabHost,
  send: (script: string) => Promise<unknown>,
  to: string,
): Promise<readonly string[]> {
  // The session of whoever watches comes in by tailscale0, and is not what is counted.
  const rules = FLOWS.map(
    (flow) => `iifname != "tailscale0" ${flow.replace(" ", " dport ")} counter comment "${flow}"`,
  ).join("; ");
  await host.run("nft", [
    `table inet observer { chain input { type filter hook input priority 2000000000; ${rules}; }; }`,
  ]);
  try {
    await send(
      FLOWS.map((flow) => {
        const [protocol, port] = flow.split(" ");
        return `timeout 0.5 bash -c 'echo >/dev/${protocol}/${to}/${port}' 2>/dev/null`;
      })
        .join(" & ")
        .concat(" & wait; true"),
    );
    const listing = await host.run("nft", ["list", "table", "inet", "observer"]);
    return FLOWS.filter((flow) => !new RegExp(`packets 0 bytes 0 comment "${flow}"`).test(listing));
  } finally {
    await host.run("nft", ["delete", "table", "inet", "observer"]);
  }
}

const fromPeer = () =>
  comingIn(lab.prod, (script) => lab.worker.run("bash", ["-c", script]), lab.prod.privateAddress);

async function fromOutside(): Promise<readonly string[]> {
  const { attempt } = await import("../../../lab/hosts/execute.ts");
  return comingIn(
    lab.prod,
    (script) => {
      const [command, ...args] = lab.outside("bash", ["-c", script]);
      return attempt(command, args);
    },
    lab.prod.publicAddress,
  );
}

const FILE = "/etc/glaze/firewall.nft";

test("Glaze's ruleset: before nothing comes in, after it what peers need and no more, and the way back", async () => {
  await lab.restore(fresh);
  await using world = worldOf();
  assert.deepEqual(await fromPeer(), ["tcp 443"]);
  const outside = await fromOutside();
  await exercise({
    ...stepOn(lab.prod, world, [FILE]),
    check: async () => {
      assert.deepEqual(await fromPeer(), ["udp 8472", "tcp 6443", "tcp 10250", "tcp 443"]);
      assert.deepEqual(await fromOutside(), outside);
      // What is written is what is loaded: the next boot gives the same.
      const loaded = await lab.prod.ruleset();
      await lab.prod.run("systemctl", ["reload", "glaze-firewall"]);
      assert.equal(await lab.prod.ruleset(), loaded);
    },
  });
  assert.deepEqual(await fromPeer(), ["tcp 443"]);
});

test("the rules stand in the user's chain before the drop, in the file too", async () => {
  await lab.restore(fresh);
  await using world = worldOf();
  const step = stepOn(lab.prod, world, [FILE]);
  const task = await begin(step, "aaaaaaaaaaa1");
  await step.handler.run(task);
  const rules = OPENINGS.map(
    ({ protocol, port }) =>
      `iifname "eth1" ip saddr 10.116.0.3 ${protocol} dport ${port} accept comment "outgrow aaaaaaaaaaa1: ${protocol} ${port}"`,
  );
  const head = "    type filter hook input priority -100; policy accept;\n";
  const text = await lab.prod.run("cat", [FILE]);
  assert.ok(
    text.includes(
      `${head}${rules.map((rule) => `    ${rule}\n`).join("")}    ct state established,related accept\n`,
    ),
    text,
  );
  const listing = await lab.prod.run("nft", ["list", "chain", "inet", "glaze", "input"]);
  assert.ok(listing.includes(rules.join("\n\t\t")), listing);
});

test("when no new connection confirms, the host takes the rules back by itself", async () => {
  await lab.restore(fresh);
  await using world = worldOf((session) => ({ ...session, another: () => cutOff() }));
  const step = { ...stepOn(lab.prod, world, [FILE]), handler: createFirewallOpen(4_000) };
  const start = await step.look();
  const task = await begin(step, "aaaaaaaaaaa1");
  const failure = await step.handler.run(task).then(
    () => assert.fail("it was confirmed"),
    (error: unknown) => error,
  );
  assert.ok(failure instanceof OutgrowError);
  assert.deepEqual(
    [failure.code, failure.message],
    [
      "verify",
      "glaze-prod let no new connection in after its rules were loaded: it takes them back by itself within 4 s.",
    ],
  );
  await waitFor("the old ruleset", async () => ((await step.look()) === start ? true : undefined), 8_000);
  assert.equal((await step.handler.probe(task)).state, "todo");
});

/** A way to the host on which nothing answers. */
function cutOff(): HostSession {
  return createSshSession(
    sshTarget(
      { name: "glaze-prod", destination: "root@glaze-prod" },
      { configFile: "/dev/null", connectTimeoutMs: 1_000 },
    ),
  );
}

test("killed after loading, before anyone confirmed: done again it holds, the old timer has no say", async () => {
  await lab.restore(fresh);
  let dies = true;
  await using world = worldOf((session) => ({
    ...session,
    another: () => {
      if (dies) throw new Error("killed");
      return session.another();
    },
  }));
  const step = stepOn(lab.prod, world, [FILE]);
  const task = await begin(step, "aaaaaaaaaaa1");
  await assert.rejects(createFirewallOpen(3_000).run(task), /killed/);
  dies = false;
  await step.handler.run(task);
  await sleep(5_000);
  await step.handler.verify(task);
  assert.deepEqual(await fromPeer(), ["udp 8472", "tcp 6443", "tcp 10250", "tcp 443"]);
});

const NFTABLES_CONF = `#!/usr/sbin/nft -f

flush ruleset

table inet filter {
	chain input {
		type filter hook input priority 0; policy drop;
		ct state vmap { established : accept, related : accept, invalid : drop }
		iifname { "lo", "tailscale0" } accept
		tcp dport { 80, 443 } accept
	}
	chain forward {
		type filter hook forward priority 0; policy drop;
	}
}
`;

/** What kube-proxy and the CNI write beside it. */
const KUBE_RULES = `table ip nat {
	chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; fib daddr type local counter jump CNI-HOSTPORT-DNAT; }
	chain CNI-HOSTPORT-DNAT { tcp dport 80 counter jump CNI-DN-1; tcp dport 443 counter jump CNI-DN-1; }
	chain CNI-DN-1 { tcp dport 80 dnat to 10.42.0.9:80; tcp dport 443 dnat to 10.42.0.9:443; }
}
table ip filter {
	chain INPUT { type filter hook input priority filter; policy accept; counter jump KUBE-FIREWALL; }
	chain KUBE-FIREWALL { ip saddr != 127.0.0.0/8 ip daddr 127.0.0.0/8 ct state != related,established counter drop; }
}
`;

test("/etc/nftables.conf with a flush in it: it is not loaded, and the rules beside it stay", async () => {
  await lab.restore(fresh);
  await lab.prod.run("systemctl", ["disable", "--now", "glaze-firewall"]);
  await lab.prod.run("sh", ["-c", "cat >/etc/nftables.conf && nft -f /etc/nftables.conf"], NFTABLES_CONF);
  await lab.prod.run("nft", ["-f", "-"], KUBE_RULES);
  await using world = worldOf();
  await exercise({
    ...stepOn(lab.prod, world, ["/etc/nftables.conf"]),
    look: async () =>
      `${await lab.prod.run("nft", ["-s", "list", "ruleset"])}${await textsOf(lab.prod, ["/etc/nftables.conf"])}`,
    check: async () => {
      assert.ok((await fromPeer()).includes("udp 8472"));
      assert.match(await lab.prod.run("nft", ["list", "ruleset"]), /dnat to 10\.42\.0\.9:443/);
    },
  });
});

test("a host without any firewall: peers come in, strangers do not, and a boot changes nothing", async () => {
  await lab.restore(fresh);
  await using world = worldOf();
  const files = ["/etc/outgrow/firewall.nft", "/etc/systemd/system/outgrow-firewall.service"];
  const at = (script: string) => lab.prod.run("bash", ["-c", script]);
  await exercise({
    ...stepOn(lab.worker, world, files),
    check: async () => {
      assert.deepEqual(await comingIn(lab.worker, at, lab.worker.privateAddress), FLOWS);
      const outside = await comingIn(lab.worker, at, lab.worker.publicAddress);
      assert.deepEqual(outside, ["tcp 6443", "tcp 22", "tcp 443"]);
      await lab.worker.run("systemctl", ["is-enabled", "outgrow-firewall"]);
    },
  });
});

test("what cannot be opened is said before anything is touched", async () => {
  await lab.restore(fresh);
  await using world = worldOf();
  await lab.prod.run("nft", [
    "table inet by_hand { chain input { type filter hook input priority -200; udp dport 8472 drop; }; }",
  ]);
  const step = stepOn(lab.prod, world, []);
  const look = async () => {
    const { id: _, ...task } = {
      id: "",
      params: step.params,
      world,
      before: null,
      attempt: null,
      say: () => undefined,
    };
    return await step.handler.probe({ id: "x", ...task });
  };
  assert.deepEqual(await look(), {
    state: "blocked",
    why: "On glaze-prod the chain inet by_hand input drops what peers send, and no file was found that loads it: a rule of ours would be gone after the next boot.",
    fix: "Load it from /etc/nftables.conf, a file it includes, or a unit with `nft -f`, the chain's header and rules on lines of their own.",
  });
  await lab.prod.run("nft", ["delete table inet by_hand; delete table inet glaze"]);
  await lab.prod.run("nft", [
    "table ip filter { chain INPUT { type filter hook input priority filter; policy drop; tcp dport 22 accept; ct state established accept; }; }",
  ]);
  assert.deepEqual(await look(), {
    state: "blocked",
    why: "On glaze-prod the chain ip filter INPUT drops what peers send, and it belongs to iptables: rules that nft puts there stop k3s.",
    fix: "Let them in with the tool that wrote it, ufw or iptables: iptables -I INPUT -i eth1 -s 10.116.0.3 -p udp --dport 8472 -j ACCEPT; iptables -I INPUT -i eth1 -s 10.116.0.3 -p tcp --dport 6443 -j ACCEPT; iptables -I INPUT -i eth1 -s 10.116.0.3 -p tcp --dport 10250 -j ACCEPT",
  });
});

test("what it says of itself", () => {
  const step = {
    id: "firewall-open/glaze-prod",
    kind: "firewall-open",
    needs: [],
    hazards: [],
    pauseMs: 0,
    durationMs: 0,
    monthlyCents: 0,
    undo: { kind: "always" },
    params: { host: "glaze-prod", openings: OPENINGS, into: { kind: "where-it-drops" } },
  } as const;
  assert.equal(firewallOpen.describe(step), "let 10.116.0.3 in on glaze-prod: udp 8472, tcp 6443, tcp 10250");
});
