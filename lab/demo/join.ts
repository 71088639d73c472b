import { join } from "node:path";
import { SECOND } from "../../src/model/time.ts";
import { startCluster } from "../hosts/cluster.ts";
import { equipOperator, type Operator } from "../hosts/operator.ts";
import { type MatrixRow, matrixText, packetMatrix } from "../hosts/packetMatrix.ts";
import { withKubeTools } from "../kubeTools.ts";
import { outgrow } from "../outgrow.ts";
import { tempFolder } from "../temp.ts";
import { chapter, say, show } from "./stage.ts";

const INTRODUCTION = `
Now the move itself, on two hosts that this machine plays: each has a kernel's own network, its own disk, systemd, sshd and
nftables; packets, tunnels and firewalls are real. k3s and its API are stood in for, and are as strict as the real ones.
`;

/** The second host joins: what stands in the way, the plan, the deed, and what packets say of it. Fails when it is not as announced. */
export async function joinSecondHost(): Promise<void> {
  say(INTRODUCTION);
  const started = Date.now();
  using folder = tempFolder("demo-join");
  await using lab = await startCluster();
  const repository = { path: join(process.cwd(), "examples/glaze"), chart: "chart/glaze" };
  const operator = equipOperator(lab, folder.path, { repository });
  const plan = join(folder.path, "plan.json");

  chapter("5  What stands in the way of a second host");
  await auditBlocks(operator);

  chapter("6  The way there");
  await mustEnd(0, ["plan", "--out", plan], operator);
  const before = await packetMatrix(lab);

  chapter(
    "7  The second host joins; node 1's address in the cluster changes, so the API pauses: that needs a word",
  );
  await mustEnd(3, ["apply", plan], operator);
  await mustEnd(0, ["apply", plan, "--allow", "downtime"], operator);

  chapter("8  Real packets, before and after");
  const after = await packetMatrix(lab);
  say(matrixText(before, after));
  refuseSurprises(before, after);

  chapter("9  Nothing is left to do, and there is a way back");
  await mustEnd(0, ["plan", "--exit-code"], operator);
  await mustEnd(0, ["undo", "--allow", "downtime"], operator);
  await mustEnd(10, ["plan", "--exit-code"], operator);
  say(
    `\nThe second host joined and left again, and every packet went as announced, in ${Math.round((Date.now() - started) / SECOND)} s.`,
  );
}

async function mustEnd(code: number, args: readonly string[], { configFile, env }: Operator): Promise<void> {
  const ended = await show(args, configFile, env);
  if (ended !== code) throw new Error(`outgrow ${args[0]} ended with ${ended}, not with ${code}.`);
}

/** Shows what blocks; the rest of the report is counted in its first lines. */
async function auditBlocks({ configFile, env }: Operator): Promise<void> {
  say("$ outgrow audit");
  const { code, stdout } = await outgrow(["audit", "--config", configFile], {
    env: { ...env, PATH: withKubeTools(env).PATH ?? "" },
  });
  if (code !== 0) throw new Error(`outgrow audit ended with ${code}.`);
  const [blocks = "", rest = ""] = stdout.split(/^(?=WARNS )/m);
  say(blocks.trimEnd());
  say(`\n… and ${rest.split("\n").length} lines of warnings and remarks, which this demo leaves out.`);
  if (!blocks.includes("firewall/overlay-closed"))
    throw new Error("The audit did not see that VXLAN is closed.");
}

/** Pods reach one another now; from outside nothing passes that did not, and all that did. */
function refuseSurprises(before: readonly MatrixRow[], after: readonly MatrixRow[]): void {
  const changed = after.find(
    (row, index) => row.from === "outside" && (row.fate === "passes") !== (before[index]?.fate === "passes"),
  );
  if (changed !== undefined)
    throw new Error(`From outside something has changed: ${JSON.stringify(changed)}`);
  const pods = after.filter(({ from }) => from.startsWith("pod"));
  const stuck = pods.find(({ fate }) => fate !== "passes");
  if (pods.length === 0 || stuck !== undefined) {
    throw new Error(`A pod cannot reach another: ${JSON.stringify(stuck)}`);
  }
}
