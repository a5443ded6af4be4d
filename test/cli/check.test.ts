import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/cli/check.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-check-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** What the verb writes and answers, with the directory left out. */
async function checked(text: string) {
  const file = join(dir, 'weir.yaml');
  await writeFile(file, text);
  const said = { out: '', error: '' };
  const code = await check(file, {
    out: (words) => (said.out += words),
    error: (words) => (said.error += words),
  });
  return { code, out: said.out.replaceAll(`${dir}/`, ''), error: said.error.replaceAll(`${dir}/`, '') };
}

const STABLE = 'service: checkout\nstable: { version: v1, url: http://127.0.0.1:3000 }\n';

describe('weir check', () => {
  it('says what a valid configuration means, and exits with 0', async () => {
    const webhooks = 'webhooks: [{ url: "https://u:p@hooks.example/hunter2", events: [breaker, promoted] }]';
    const candidate = 'candidate: { version: v2, url: http://127.0.0.1:3001 }';
    expect(await checked(`${STABLE}${candidate}\nweight: 2.5%\n${webhooks}\n`)).toEqual({
      code: 0,
      out: `weir.yaml is valid
  service    checkout
  listen     traffic 0.0.0.0:8080, admin 127.0.0.1:9901, telemetry 0.0.0.0:9902
  stable     v1 at http://127.0.0.1:3000
  candidate  v2 at http://127.0.0.1:3001
  weight     2.5% of requests to the candidate at start
  plan       none: the weight moves by hand
  guards     roll back on failures > 0.5% or p95 > 300ms in 2m, when that is proven (at most one false rollback in 30d)
  probe      none
  breaker    automation freezes at more than 2 automatic rollbacks in 1h
  admin      whoever is on this machine is the operator
  webhooks   hooks.example on breaker, promoted
  fleet      none: this sidecar judges for itself
`,
      error: '',
    });
  });

  it('says what a plan and a probe mean', async () => {
    const plan = 'plan: [{ weight: 5%, hold: 2m }, { weight: 100%, hold: 10m, gate: { url: "https://g.example/" } }]\n';
    const { out } = await checked(`${STABLE}${plan}probe: { path: /up }\n`);
    expect(out).toContain('5% for 2m, 100% for 10m (gate); advances by time, promoted by a person, bakes for 10m');
    expect(out).toContain('GET /up every 5s; down at 3 failures of 5, well after 3 passes');
  });

  it('says so when no guard is on', async () => {
    expect((await checked(`${STABLE}guards: {}\nlisten: { traffic: "[::1]:80" }\n`)).out).toMatch(
      /listen {5}traffic \[::1\]:80,[\s\S]*candidate {2}none[\s\S]*guards {5}none: nothing but a person/,
    );
  });

  it('tells every mistake and their number, and exits with 64', async () => {
    expect(await checked('service: checkout\nwieght: 5\n')).toEqual({
      code: 64,
      out: '',
      error: `weir.yaml:1: stable: expected a mapping with keys among version, url, image, commit, configHash, ca, serverName, got nothing
weir.yaml:2: wieght: unknown key, did you mean "weight"?
2 mistakes in weir.yaml
`,
    });
  });

  it('counts one mistake as one', async () => {
    expect((await checked('service: checkout\n')).error).toMatch(/\n1 mistake in weir\.yaml\n$/);
  });
});
