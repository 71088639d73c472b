import { type ErrorCode, OutgrowError } from "../model/error.ts";
import { SECOND } from "../model/time.ts";
import type { SshTarget } from "./target.ts";

/**
 * Why `ssh` gave up. It has one exit code for everything and tells the reason only in words, so its words
 * are read, in this one place; they are OpenSSH's own, in English because it is started with `LC_ALL=C`.
 */
export function sshFailure(target: SshTarget, exitCode: number | null, stderr: string): OutgrowError {
  const { code, says, hint } = REASONS.find(({ words }) => words.test(stderr)) ?? OTHER;
  const message = `${hostOf(target)} ${says(lastLine(stderr), exitCode)}`;
  return new OutgrowError(code, message, { hint: hint(target), cause: new Error(stderr.trim()) });
}

/** Reached, but no shell has answered. */
export function loginTimeout(target: SshTarget): OutgrowError {
  const seconds = (2 * target.connectTimeoutMs) / SECOND;
  return new OutgrowError("timeout", `${hostOf(target)} did not finish the login within ${seconds} s.`, {
    hint: `See where it stops: ssh -v ${target.destination} true`,
  });
}

export function noProgram(target: SshTarget): OutgrowError {
  return new OutgrowError("unreachable", `${hostOf(target)} cannot be asked: this machine has no ssh.`, {
    hint: "Install OpenSSH's client.",
  });
}

/** `glaze-prod (root@10.0.0.1)`, or the name alone when it says the same. */
export function hostOf({ name, destination }: Pick<SshTarget, "name" | "destination">): string {
  return name === destination ? name : `${name} (${destination})`;
}

interface Reason {
  readonly words: RegExp;
  readonly code: ErrorCode;
  readonly says: (lastLine: string, exitCode: number | null) => string;
  readonly hint: (target: SshTarget) => string;
}

const checkAddress = ({ name }: SshTarget) => `Check hosts.${name}.ssh, and that the host is up.`;
const checkFirewall = ({ name }: SshTarget) =>
  `Check hosts.${name}.ssh, that the host is up, and the firewalls on the way.`;
const tryByHand = ({ destination }: SshTarget) => `Try it by hand: ssh ${destination} true`;

const REASONS: readonly Reason[] = [
  {
    words: /REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|Host key for .+ has changed/,
    code: "host-key",
    says: () => "shows another host key than the one that is known: it may not be the same host.",
    hint: ({ destination }) =>
      "Find out why before anything else. Only if the host was set up anew: compare its fingerprint at the " +
      `provider's console, then ssh-keygen -R ${addressOf(destination)} and log in once by hand.`,
  },
  {
    words: /No .+ host key is known for|Host key verification failed/,
    code: "host-key",
    says: () => "has a host key that is not known yet.",
    hint: ({ destination }) =>
      `Log in once by hand and compare the fingerprint with the provider's console: ssh ${destination}`,
  },
  {
    words: /Permission denied|Too many authentication failures/,
    code: "unauthorized",
    says: (line) => `does not let this key in: ${line}`,
    hint: ({ destination }) =>
      "Only keys are tried, never a password. Add the key to the agent (ssh-add), name it with IdentityFile in " +
      `~/.ssh/config, or put it into the host's authorized_keys; try it by hand: ssh ${destination} true`,
  },
  {
    words: /Could not resolve hostname/,
    code: "unreachable",
    says: () => "cannot be found: its name does not resolve.",
    hint: ({ name }) => `Check hosts.${name}.ssh, ~/.ssh/config, and this machine's DNS.`,
  },
  {
    words: /Connection refused/,
    code: "unreachable",
    says: () => "refused the connection: nothing listens there.",
    hint: ({ name }) => `Check the port in hosts.${name}.ssh or ~/.ssh/config, and that sshd runs.`,
  },
  {
    words: /timed out|Connection timeout/,
    code: "unreachable",
    says: () => "did not answer.",
    hint: checkFirewall,
  },
  {
    words: /No route to host|Network is unreachable/,
    code: "unreachable",
    says: () => "cannot be reached: there is no route to it.",
    hint: checkFirewall,
  },
  {
    words: /kex_exchange_identification|Connection (closed|reset) by|Broken pipe|Connection reset/,
    code: "unreachable",
    says: () => "closed the connection before the login.",
    hint: () =>
      "Its sshd may be overloaded or may ban this address (MaxStartups, fail2ban): look at its log.",
  },
  {
    words: /Unable to negotiate with|no matching/,
    code: "bad-answer",
    says: (line) => `and this machine's ssh have no algorithm in common: ${line}`,
    hint: tryByHand,
  },
  {
    words: /Bad configuration option|Can't open user configuration file|terminating, \d+ bad configuration/,
    code: "config",
    says: (line) => `cannot be asked: ssh does not understand its configuration: ${line}`,
    hint: () => "Mend ~/.ssh/config.",
  },
];

const OTHER: Reason = {
  words: /^/,
  code: "unreachable",
  says: (line, exitCode) =>
    `cannot be asked: ssh ended with ${exitCode ?? "a signal"}${line === "" ? "." : `: ${line}`}`,
  hint: checkAddress,
};

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}

/** `glaze-prod` of `root@glaze-prod`. */
function addressOf(destination: string): string {
  return destination.slice(destination.lastIndexOf("@") + 1);
}
