import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { K3S_EXEC } from "../../lab/postgres/clusterMove.ts";
import { K3S_HOST_FILES } from "../../lab/postgres/founder.ts";
import { startPair } from "../../lab/postgres/pair.ts";
import {
  createWalledNetwork,
  type KubeProxyStandIn,
  POD_MASQUERADE,
  startKubeProxy,
  startRelay,
  WALL,
  WALL_FILE,
  WALLED,
  type WalledNetwork,
} from "../../lab/postgres/walledNetwork.ts";
import { startSshd } from "../../lab/sshd.ts";
import { mustRun } from "../../src/apply/mustRun.ts";
import { DIAL_PORT, servingPod } from "../../src/apply/postgres/reach.ts";
import { lookAt, type MoveLab, type MoveScene, plannedMove, setMoveScene } from "./moveScene.ts";

/** The two servers of a move with a private network between them, and a firewall on the host that drops whatever it does not know. */
export interface WalledLab extends MoveLab {
  readonly network: WalledNetwork;
}

export async function startWalledLab(): Promise<WalledLab> {
  await using kept = new AsyncDisposableStack();
  const network = kept.use(createWalledNetwork());
  const networks = { source: network.pod.name, target: network.beyond.name };
  const pair = kept.use(await startPair({ from: 15, to: 17, networks }));
  const sshd = kept.use(await startSshd({ network: network.host.name, files: filesOf(network) }));
  const moved = kept.move();
  return {
    pair,
    sshd,
    network,
    place: { address: WALLED.host, clusterIp: "None", at: `host: ${WALLED.target}` },
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** The programs in the pod run in the pod's network. */
function filesOf({ pod }: WalledNetwork) {
  const inPod = K3S_EXEC.text.replace('exec "$@"', `exec nsenter --net=/run/netns/${pod.name} -- "$@"`);
  return {
    ...K3S_HOST_FILES,
    "/usr/local/bin/k3s": { ...K3S_EXEC, text: inPod },
    [WALL_FILE]: WALL,
  };
}

export interface WalledScene extends MoveScene {
  /** All that is loaded on the host, and the file it is loaded from at boot. */
  wall(): Promise<string>;
  /** What the move may change, the wall too. */
  look(): Promise<string>;
  /** Whether a connection from there to the door is taken: while nothing answers it is waited for so long. */
  dials(from: string, waitMs: number): Promise<boolean>;
}

/** `way`: whether kube-proxy turns the port to the pod before routing, or a program of the host takes what comes. */
export async function setWalledScene(
  lab: WalledLab,
  way: "forward" | "input" = "forward",
): Promise<WalledScene> {
  await using kept = new AsyncDisposableStack();
  const { network } = lab;
  network.host.run("nft", ["-f", "-"], `flush ruleset\n${POD_MASQUERADE}${WALL}`);
  const scene = kept.use(await setMoveScene(lab, { hasProxy: false }));
  const proxy = kept.use(
    way === "forward" ? await startKubeProxy(scene.kube, network.host) : await startRelayTo(scene, network),
  );
  const wall = () => wallOf(scene, network, proxy);
  const moved = kept.move();
  return {
    ...scene,
    wall,
    look: async () => `${await lookAt(scene)}\n${await wall()}`,
    dials: (from, waitMs) => dials(network, from, waitMs),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

async function startRelayTo(scene: MoveScene, network: WalledNetwork): Promise<KubeProxyStandIn> {
  const { source } = (await plannedMove(scene)).params;
  const { podAddress, podPort } = await servingPod(source, scene.world);
  return startRelay(network, { address: podAddress, port: podPort });
}

/** kube-proxy takes its own rules away a moment after a Service has gone: that is waited for. */
async function wallOf(scene: MoveScene, { host }: WalledNetwork, proxy: KubeProxyStandIn): Promise<string> {
  await proxy.sync();
  const session = await scene.world.host("lab");
  const file = await mustRun(session, {
    words: ["sh", "-c", `stat -c '%a %U' ${WALL_FILE}; cat ${WALL_FILE}`],
    effect: "reads",
  });
  return `${host.run("nft", ["list", "ruleset"])}\n${file}`;
}

const DIAL = `const [host, port, localAddress, wait] = process.argv.slice(1);
const socket = require("node:net").connect({ host, port, localAddress });
const end = (word) => { process.stdout.write(word); process.exit(); };
socket.on("connect", () => end("taken")).on("error", ({ code }) => end(code));
setTimeout(() => end("silence"), Number(wait));`;

async function dials({ beyond }: WalledNetwork, from: string, waitMs: number): Promise<boolean> {
  const words = ["-e", DIAL, WALLED.host, String(DIAL_PORT), from, String(waitMs)];
  const { command, args } = beyond.inside(process.execPath, words);
  return (await promisify(execFile)(command, args)).stdout === "taken";
}
