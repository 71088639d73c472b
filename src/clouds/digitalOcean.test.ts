import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { errorsOf, readDescription } from "../../lab/clouds/description.ts";
import { type LabDigitalOcean, type Lists, startDigitalOcean } from "../../lab/clouds/digitalOcean.ts";
import { freePort } from "../../lab/port.ts";
import { startScriptedServer } from "../../lab/scriptedServer.ts";
import { Secret } from "../model/secret.ts";
import { readDigitalOcean } from "./digitalOcean.ts";

const lists: Lists = {
  droplets: [
    {
      id: 3164494,
      name: "glaze-prod",
      memory: 2048,
      vcpus: 2,
      disk: 60,
      locked: false,
      status: "active",
      created_at: "2026-07-21T18:37:44Z",
      features: [],
      backup_ids: [],
      next_backup_window: null,
      snapshot_ids: [],
      image: { id: 63663980, slug: "debian-12-x64", regions: [], type: "base" },
      volume_ids: [],
      size: {
        slug: "s-2vcpu-2gb",
        memory: 2048,
        vcpus: 2,
        disk: 60,
        transfer: 3,
        price_monthly: 18,
        price_hourly: 0.02679,
        regions: ["nyc3"],
        available: true,
        description: "Basic",
      },
      size_slug: "s-2vcpu-2gb",
      networks: {
        v4: [
          { ip_address: "10.116.0.2", netmask: "255.255.240.0", gateway: "<nil>", type: "private" },
          { ip_address: "203.0.113.2", netmask: "255.255.240.0", gateway: "203.0.113.1", type: "public" },
        ],
        v6: [],
      },
      region: { name: "New York 3", slug: "nyc3", features: [], available: true, sizes: [] },
      tags: ["glaze"],
      vpc_uuid: "760e09ef-dc84-11e8-981e-3cfdfeaae000",
    },
  ],
  vpcs: [
    {
      id: "760e09ef-dc84-11e8-981e-3cfdfeaae000",
      urn: "do:vpc:760e09ef-dc84-11e8-981e-3cfdfeaae000",
      name: "default-nyc3",
      description: "",
      region: "nyc3",
      ip_range: "10.116.0.0/20",
      created_at: "2020-03-13T19:20:47.442049222Z",
      default: true,
    },
  ],
  firewalls: [
    {
      id: "fb6045f1-cf1d-4ca3-bfac-18832663025b",
      name: "glaze",
      status: "succeeded",
      inbound_rules: [
        { protocol: "tcp", ports: "80", sources: { addresses: ["0.0.0.0/0", "::/0"] } },
        { protocol: "udp", ports: "0", sources: { tags: ["glaze"] } },
      ],
      outbound_rules: [],
      created_at: "2026-05-23T21:23:59Z",
      droplet_ids: null,
      tags: ["glaze"],
      pending_changes: [],
    },
  ],
  sizes: Array.from({ length: 230 }, (_, index) => ({
    slug: `s-${index}`,
    memory: 2048,
    vcpus: 2,
    disk: 60,
    transfer: 3,
    price_monthly: 18.5,
    price_hourly: 0.027,
    regions: ["nyc3"],
    available: true,
    description: "Basic",
  })),
};

let lab: LabDigitalOcean;
before(async () => {
  lab = await startDigitalOcean(lists);
});
after(() => lab[Symbol.asyncDispose]());

const access = (token = lab.token, origin = lab.origin, timeoutMs = 5_000) => ({
  origin,
  token: new Secret(token),
  timeoutMs,
});

test("machines, networks, firewalls and sizes, page by page", async () => {
  const { value, gaps } = await readDigitalOcean(access());
  assert.deepEqual(gaps, []);
  assert.deepEqual(value.droplets, [
    {
      id: 3164494,
      name: "glaze-prod",
      region: "nyc3",
      size: "s-2vcpu-2gb",
      image: "debian-12-x64",
      vpcId: "760e09ef-dc84-11e8-981e-3cfdfeaae000",
      publicAddress: "203.0.113.2",
      privateAddress: "10.116.0.2",
      tags: ["glaze"],
    },
  ]);
  assert.deepEqual(value.vpcs[0]?.range, "10.116.0.0/20");
  assert.deepEqual(value.firewalls[0]?.dropletIds, []);
  assert.deepEqual(value.firewalls[0]?.inbound[1], {
    protocol: "udp",
    ports: "all",
    sources: { addresses: [], dropletIds: [], tags: ["glaze"] },
  });
  assert.equal(value.sizes.length, 230);
  assert.deepEqual([value.sizes[0]?.memoryBytes, value.sizes[0]?.monthlyCents], [2048 * 1024 ** 2, 1850]);
});

test("what passes is waited for; what does not is told", async () => {
  lab.failNext(429, 503);
  assert.equal((await readDigitalOcean(access())).value.sizes.length, 230);
});

const refusals: readonly (readonly [name: string, run: () => Promise<unknown>, error: object])[] = [
  [
    "a wrong token",
    () => readDigitalOcean(access("wrong")),
    {
      code: "unauthorized",
      message: /^DigitalOcean \(.*\) answered 401 to GET \/v2\/\w+: Unable to authenticate you\.$/,
      hint: "cloud.digitalocean.token must hold a valid token.",
    },
  ],
  [
    "nobody there",
    async () => readDigitalOcean(access("t", `http://127.0.0.1:${await freePort()}`)),
    { code: "unreachable", message: /^DigitalOcean \(.*\) cannot be reached: ECONNREFUSED\.$/ },
  ],
];

const strange: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  ["a page instead of JSON", "<html>", /gave an answer that is not theirs: it is no JSON\.$/],
  ["no list", "{}", /gave an answer that is not theirs: there is no list of \w+ in it\.$/],
  [
    "items of another shape",
    JSON.stringify({ droplets: [], vpcs: [{ id: 7 }], firewalls: [], sizes: [] }),
    /^DigitalOcean's vpcs do not look as they should: id is 7, not a text\.$/,
  ],
];

for (const [name, text, message] of strange) {
  test(`refused: ${name}`, async () => {
    await using server = await startScriptedServer((_request, response) => void response.end(text));
    await assert.rejects(readDigitalOcean(access("t", server.origin)), { code: "bad-answer", message });
  });
}

test("one that does not answer is left in time", async () => {
  await using server = await startScriptedServer(() => undefined);
  await assert.rejects(readDigitalOcean(access("t", server.origin, 200)), {
    code: "timeout",
    message: `DigitalOcean (${server.origin}) did not answer within 0.2 s.`,
  });
});

for (const [name, run, error] of refusals) {
  test(`refused: ${name}`, () => assert.rejects(run(), error));
}

test("a list that the token may not read is a gap, the others are there", async () => {
  lab.failNext(403);
  const { value, gaps } = await readDigitalOcean(access());
  assert.equal(gaps.length, 1);
  assert.deepEqual([gaps[0]?.area, gaps[0]?.reason], ["cloud", "denied"]);
  assert.equal(
    [value.droplets, value.vpcs, value.firewalls, value.sizes].filter((list) => list.length === 0).length,
    1,
  );
});

test("the stand-in answers as their own description says", async () => {
  const schemas = readDescription();
  for (const [name, schema] of Object.entries(schemas.lists)) {
    const response = await fetch(`${lab.origin}/v2/${name}?per_page=200`, {
      headers: { Authorization: `Bearer ${lab.token}` },
    });
    const body = (await response.json()) as Record<string, unknown>;
    assert.equal(errorsOf(schema, body), "", name);
    assert.notEqual(errorsOf(schema, { ...body, meta: {} }), "", `${name} without its total`);
    assert.notEqual(errorsOf(schema, { ...body, [name]: "none" }), "", `${name} that is no list`);
  }
  const refused = await fetch(`${lab.origin}/v2/droplets`);
  assert.equal(errorsOf(schemas.refusal, await refused.json()), "");
});
