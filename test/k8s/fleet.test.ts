import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetStore } from '../../src/fleet/store.ts';
import { readConfig } from '../../src/config/load.ts';
import { ACL_RULES } from '../fleet/acl.ts';
import { NOTHING_NEW, openStore } from '../fleet/open-store.ts';
import type { RedisServer } from '../fleet/redis-server.ts';
import { startRedis } from '../fleet/redis-server.ts';
import { eventually } from '../sidecar/eventually.ts';
import { describeWith } from '../support-programs.ts';
import { podWithWeir, weirOf } from './pods.ts';
import { manifestsOf } from './rendered.ts';

const manifests = manifestsOf('fleet');
/** Of the ConfigMap or Secret whose name begins so, whatever hash follows. */
function textOf(kind: string, name: string, key: string): string {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name.startsWith(name));
  const text = found?.data?.[key];
  if (text === undefined) throw new Error(`the fleet overlay has no ${kind} ${name} with ${key}`);
  return kind === 'Secret' ? Buffer.from(text, 'base64').toString() : text;
}

const users = textOf('Secret', 'fleet-store-users', 'users.acl');
const username = textOf('Secret', 'weir-store', 'username');
const password = textOf('Secret', 'weir-store', 'password');
const settings = textOf('ConfigMap', 'fleet-store', 'redis.conf')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(' '));

describe('the fleet overlay', () => {
  it('has each pod join the store beside it, by the name of its Service', () => {
    const read = readConfig(textOf('ConfigMap', 'weir', 'weir.yaml'), 'weir.yaml');
    if ('mistakes' in read) throw new Error(JSON.stringify(read.mistakes));
    const { fleet } = read.config;
    const service = manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'fleet-store');
    expect(fleet?.url).toBe(`redis://${service?.metadata.name}:6379`);
    // The host name, which in a pod is the pod's.
    expect(fleet?.member).toBeNull();
    const pod = podWithWeir('fleet');
    expect([pod.spec.hostNetwork, pod.spec.hostname]).toEqual([undefined, undefined]);
    const mounted = weirOf(pod)!.volumeMounts!.find(({ name }) => name === 'weir-store')!.mountPath;
    expect([fleet?.usernameFile, fleet?.passwordFile]).toEqual([`${mounted}/username`, `${mounted}/password`]);
  });

  it('lets in one user, with the rights that docs/fleet.md names, by the password that Weir is given', () => {
    const [first, weir] = users.trim().split('\n');
    expect(first).toBe('user default off');
    expect(weir).toBe(`user ${username} on >${password} ${ACL_RULES.join(' ')}`);
  });

  it('forgets nothing when it is full, and at most a second when it crashes', () => {
    const valueOf = (name: string) => settings.find(([key]) => key === name)?.[1];
    expect(['maxmemory-policy', 'appendonly', 'appendfsync'].map(valueOf)).toEqual(['noeviction', 'yes', 'everysec']);
  });
});

describeWith('redis-server', 'apt-get install redis-server', 'the store of the fleet overlay', () => {
  const OURS = new Set(['bind', 'port', 'dir', 'aclfile']);
  let folder: string;
  let server: RedisServer;
  let store: FleetStore;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-acl-'));
    // The test itself looks in, too.
    const open = users.replace('user default off', 'user default on nopass ~* &* +@all');
    await writeFile(join(folder, 'users.acl'), open);
    const given = settings.filter(([key]) => !OURS.has(key!)).flatMap(([key, ...values]) => [`--${key}`, ...values]);
    server = await startRedis([...given.filter((value) => value !== '""'), '--aclfile', join(folder, 'users.acl')]);
    store = await openStore(`redis://127.0.0.1:${server.port}`, { username, password });
  });
  afterAll(async () => {
    await store.close('a', '');
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('takes its settings, and serves a member with that user', async () => {
    await eventually(async () => expect(await store.flush(NOTHING_NEW)).toMatchObject({ members: 1 }));
    expect(await server.command('CONFIG', 'GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await server.command('CONFIG', 'GET', 'appendonly')).toEqual(['appendonly', 'yes']);
  });
});
