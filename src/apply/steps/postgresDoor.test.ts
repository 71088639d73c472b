import assert from "node:assert/strict";
import { test } from "node:test";
import { WALLED } from "../../../lab/postgres/walledNetwork.ts";
import { plannedMove, useMoveLab } from "../../../test/apply/moveScene.ts";
import { begin, exercise, type StepCase } from "../../../test/apply/stepHarness.ts";
import { setWalledScene, startWalledLab, type WalledScene } from "../../../test/apply/walledScene.ts";
import { ask } from "../../kube/ask.ts";
import { OutgrowError } from "../../model/error.ts";
import type { MoveDoor } from "../../model/steps/postgres-move.ts";
import type { StepTask } from "../stepKind.ts";
import type { World } from "../world.ts";
import { postgresMove } from "./postgres-move.ts";

type Task = StepTask<"postgres-move">;

const lab = useMoveLab(startWalledLab);

const DOOR: MoveDoor = {
  host: "lab",
  namespace: "default",
  address: WALLED.host,
  port: 25432,
  from: [WALLED.target],
  chains: [{ family: "inet", table: "filter", name: "forward" }],
};
const RULE = `iifname "eth1" ip saddr ${WALLED.target} meta l4proto tcp ct original proto-dst 25432 accept comment "outgrow aaaaaaaaaaa1: tcp 25432"`;

test("through a firewall that drops what goes to pods, there and back twice, and nothing of the door stays", async () => {
  await using scene = await setWalledScene(lab());
  await exercise(await caseOf(scene));
});

test("the target alone is let in while it dials; after a failure the door stays and is named, and apply goes on", async () => {
  await using scene = await setWalledScene(lab());
  const step = await caseOf(scene);
  const [start, wall] = [await step.look(), await scene.wall()];
  const task = await begin(step, "aaaaaaaaaaa1");
  assert.deepEqual(task.before, { door: DOOR });
  const target = await lab().pair.target.superuser();
  await target.query("create database glaze");
  const failure = await postgresMove.run(task).catch((error: unknown) => error);
  assert.ok(failure instanceof OutgrowError);
  assert.deepEqual(
    [failure.code, failure.hint],
    [
      "blocked",
      "10.116.0.2:25432 (Service default/outgrow-aaaaaaaaaaa1) stays open to 10.116.0.3 until the move is done or undone.",
    ],
  );
  await assertOpen(scene);
  await target.query("drop database glaze");
  await target.end();
  const said = await runWatched(task, () => assertOpen(scene));
  assert.ok(said.includes(OPENED), said.join("\n"));
  await postgresMove.verify(task);
  assert.equal(await scene.wall(), wall);
  await postgresMove.undo(task);
  assert.equal(await step.look(), start);
});

/** Carries it out with a look while the target follows the source; what was said. */
async function runWatched(task: Task, look: () => Promise<void>): Promise<readonly string[]> {
  const said: string[] = [];
  let looking: Promise<void> | undefined;
  const say = (text: string) => {
    said.push(text);
    if (text !== "following" || looking !== undefined) return;
    looking = look();
    // What it finds is told when the move has ended.
    looking.catch(() => undefined);
  };
  await postgresMove.run({ ...task, say });
  assert.ok(looking !== undefined, "it never followed");
  await looking;
  return said;
}

const OPENED =
  "10.116.0.3 may dial 10.116.0.2:25432 (Service default/outgrow-aaaaaaaaaaa1) until the move is done or undone";

/** The target's way in is there, in the kernel and in the file, and nobody else's. */
async function assertOpen(scene: WalledScene, rule = RULE): Promise<void> {
  const wall = await scene.wall();
  assert.equal(wall.split(rule).length, 3, wall);
  assert.deepEqual(
    await Promise.all([scene.dials(WALLED.target, 20_000), scene.dials(WALLED.stranger, 2_000)]),
    [true, false],
  );
}

test("where nothing turns the port to the pod the rule stands in the input chain that drops", async () => {
  await using scene = await setWalledScene(lab(), "input");
  const step = await caseOf(scene);
  const start = await step.look();
  const task = await begin(step, "aaaaaaaaaaa1");
  assert.deepEqual(task.before, { door: { ...DOOR, chains: [{ ...DOOR.chains[0], name: "input" }] } });
  assert.equal(await scene.dials(WALLED.target, 2_000), false);
  const rule = RULE.replace("meta l4proto tcp ct original proto-dst", "tcp dport");
  await runWatched(task, () => assertOpen(scene, rule));
  await postgresMove.undo(task);
  assert.equal(await step.look(), start);
});

test("a move of an older version, broken off while it closes: rule and Service go each by itself", async () => {
  await using scene = await setWalledScene(lab());
  const step = await caseOf(scene);
  const [start, wall] = [await step.look(), await scene.wall()];
  const task: Task = { ...(await begin(step, "aaaaaaaaaaa1")), before: {} };
  const state = async () => (await postgresMove.probe(task)).state;
  await assert.rejects(postgresMove.run({ ...task, world: withoutDeletion(task.world) }), /killed/);
  assert.doesNotMatch(await scene.wall(), /comment "outgrow/);
  assert.equal(await state(), "todo", "its Service is there");
  await assert.rejects(postgresMove.run({ ...task, world: withoutTakingBack(task.world) }), /killed/);
  await ask(scene.kube, { method: "DELETE", path: SERVICE });
  assert.match(await scene.wall(), /comment "outgrow/);
  assert.equal(await state(), "todo", "its rule is there");
  await assert.rejects(postgresMove.verify(task), /is not wholly moved/);
  await postgresMove.run(task);
  assert.equal(await state(), "done");
  assert.equal(await scene.wall(), wall);
  await postgresMove.undo(task);
  assert.equal(await step.look(), start);
});

test("given up when the Service is gone already: the rule goes all the same", async () => {
  await using scene = await setWalledScene(lab());
  const step = await caseOf(scene);
  const start = await step.look();
  const task = await begin(step, "aaaaaaaaaaa1");
  const target = await lab().pair.target.superuser();
  await target.query("create database glaze");
  await assert.rejects(postgresMove.run(task));
  await target.query("drop database glaze");
  await target.end();
  await ask(scene.kube, { method: "DELETE", path: SERVICE });
  assert.match(await scene.wall(), /comment "outgrow/);
  await postgresMove.undo(task);
  assert.equal(await step.look(), start);
});

test("a chain of iptables that drops what goes to pods is named before anything is touched, one at input is not in the way", async () => {
  await using scene = await setWalledScene(lab());
  const { params, world } = await caseOf(scene);
  const probe = () =>
    postgresMove.probe({ id: "it", params, world, before: null, attempt: null, say: () => undefined });
  const drop = (chain: string, hook: string) => {
    const rules = `type filter hook ${hook} priority filter; policy drop; ct state established,related accept; iif lo accept`;
    lab().network.host.run("nft", [`table ip filter { chain ${chain} { ${rules}; }; }`]);
  };
  drop("INPUT", "input");
  assert.deepEqual(await probe(), { state: "todo", before: { door: DOOR } });
  drop("FORWARD", "forward");
  assert.deepEqual(await probe(), {
    state: "blocked",
    why: "On lab the chain ip filter FORWARD drops what peers send, and it belongs to iptables: rules that nft puts there stop k3s.",
    fix: "Let them in with the tool that wrote it, ufw or iptables: iptables -I FORWARD -i eth1 -s 10.116.0.3 -p tcp -m conntrack --ctorigdstport 25432 -j ACCEPT",
  });
});

const SERVICE = "/api/v1/namespaces/default/services/outgrow-aaaaaaaaaaa1";

/** Killed before the Service goes. */
function withoutDeletion(world: World): World {
  const { kube } = world;
  return {
    ...world,
    kube: {
      ...kube,
      request: (request) => {
        if (request.method === "DELETE" && request.path === SERVICE) throw new Error("killed");
        return kube.request(request);
      },
    },
  };
}

/** Killed before the rule goes. */
function withoutTakingBack(world: World): World {
  return {
    ...world,
    host: async (name) => {
      const session = await world.host(name);
      return {
        ...session,
        run: (command) => {
          if (command.words[2]?.includes("delete rule") === true) throw new Error("killed");
          return session.run(command);
        },
      };
    },
  };
}

async function caseOf(scene: WalledScene): Promise<StepCase<"postgres-move">> {
  const { params } = await plannedMove(scene);
  return { handler: postgresMove, params, world: scene.world, look: scene.look };
}
