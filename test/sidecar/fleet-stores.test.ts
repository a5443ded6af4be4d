import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startCluster } from '../fleet/cluster.ts';
import { SENTINEL_PASSWORD, SERVER_PASSWORD, startSentinelled } from '../fleet/sentinels.ts';
import type { TlsRedis } from '../fleet/tls.ts';
import { FIRST_PASSWORD, startTlsRedis } from '../fleet/tls.ts';
import { describeWith } from '../support-programs.ts';
import { ask } from './client.ts';
import { eventually } from './eventually.ts';
import { startMember } from './fleet-of.ts';
import type { FleetUnderLoad } from './fleet-under-load.ts';
import { documentIn, startFleetUnderLoad } from './fleet-under-load.ts';
import { temporaryDirectory } from './settings.ts';
import { startUpstream } from './upstream.ts';

const INSTALL = 'apt-get install redis-server';
const KEY = '{weir:shop}:document';
const UNAVAILABLE = 503;

const allAway = (fleet: FleetUnderLoad) => eventually(async () => expect(await fleet.obstacles()).not.toContain(null));

function fileWith(text: string): string {
  const file = join(temporaryDirectory(), 'secret');
  writeFileSync(file, `${text}\n`);
  return file;
}

describeWith('redis-server', INSTALL, 'three sidecars under load', () => {
  it('by TLS, as the documented user, go on through a renewed password', async () => {
    const { server, port, files } = await startTlsRedis();
    const url = `rediss://127.0.0.1:${port}`;
    const fleet = await startFleetUnderLoad({ store: server, fleet: { url, ...files } });
    expect(await fleet.setWeight(0, 20)).toBe(200);
    await fleet.agreed(20);
    await server.command('ACL', 'SETUSER', 'weir', 'resetpass', '>the-second-secret');
    await server.command('CLIENT', 'KILL', 'USER', 'weir');
    await eventually(async () => {
      for (const obstacle of await fleet.obstacles()) expect(obstacle).toContain('WRONGPASS');
    });
    expect(await fleet.setWeight(1, 50)).toBe(UNAVAILABLE);
    writeFileSync(files.passwordFile, 'the-second-secret\n');
    await fleet.agreed(20);
    expect(await fleet.rollBack(2)).toBe(200);
    await fleet.agreed(0);
    await fleet.finish(1);
    expect(JSON.stringify(fleet.members.map(({ lines }) => lines))).not.toMatch(/the-(first|second)-secret/);
  });

  it('by sentinels lose their primary and keep a rollback of that time', async () => {
    const { primary, replica, url, notice } = await startSentinelled();
    const sentinelPasswordFile = fileWith(SENTINEL_PASSWORD);
    const settings = { url, passwordFile: fileWith(SERVER_PASSWORD), sentinelPasswordFile };
    const fleet = await startFleetUnderLoad({ store: primary, fleet: settings });
    expect(await fleet.setWeight(0, 20)).toBe(200);
    await fleet.agreed(20);
    fleet.moveTo(replica);
    await primary.stop();
    await allAway(fleet);
    expect(await fleet.setWeight(0, 50)).toBe(UNAVAILABLE);
    expect(await fleet.rollBack(1)).toBe(200);
    await notice();
    await fleet.agreed(0);
    expect(await fleet.phases()).toEqual(['rolled-back', 'rolled-back', 'rolled-back']);
    await fleet.finish(1);
    expect(JSON.stringify(fleet.members.map(({ lines }) => lines))).not.toMatch(/the-\w+-secret/);
  });

  it('by a cluster follow their slot to another node, and obey there', async () => {
    const cluster = await startCluster();
    const owner = await cluster.ownerOf(KEY);
    const fleet = await startFleetUnderLoad({ store: owner, fleet: { url: cluster.url } });
    const next = cluster.nodes.find((node) => node !== owner)!;
    await cluster.move(KEY, next, async () => {
      await allAway(fleet);
      expect(await fleet.setWeight(0, 50)).toBe(UNAVAILABLE);
      expect(await fleet.setWeight(1, 5)).toBe(200);
    });
    fleet.moveTo(next);
    await fleet.agreed(5);
    expect((await documentIn(next))?.epoch).toBe(1);
    expect(await fleet.setWeight(2, 30)).toBe(200);
    await fleet.agreed(30);
    expect(await owner.command('KEYS', '*')).toEqual([]);
    await fleet.finish(0);
  });
});

describeWith('redis-server', INSTALL, 'a store by TLS', () => {
  const WRONG = 'a-wrong-secret';

  it.each([
    {
      why: 'whose authority is not the one given',
      spoil: ({ otherCa }: TlsRedis) => otherCa,
      reason: /certificate/,
      mend: async ({ ca }: TlsRedis, { caFile }: TlsRedis['files']) => copyFileSync(ca, caFile),
    },
    {
      why: 'whose certificate bears another name',
      host: 'localhost',
      reason: /does not match certificate's altnames: .*localhost/,
      mend: (redis: TlsRedis) => redis.rename('DNS:localhost'),
    },
    {
      why: 'that does not accept the password',
      password: WRONG,
      reason: /WRONGPASS/,
      mend: async (_redis: TlsRedis, { passwordFile }: TlsRedis['files']) =>
        writeFileSync(passwordFile, `${FIRST_PASSWORD}\n`),
    },
  ])('$why is refused with the reason, and entered once that is mended', async (given) => {
    const redis = await startTlsRedis();
    const files = { ...redis.files, caFile: join(temporaryDirectory(), 'ca.pem') };
    copyFileSync(given.spoil?.(redis) ?? redis.ca, files.caFile);
    if (given.password !== undefined) writeFileSync(files.passwordFile, `${given.password}\n`);
    const stable = await startUpstream('stable');
    const url = `rediss://${given.host ?? '127.0.0.1'}:${redis.port}`;
    const weir = await startMember({ stable: stable.url }, redis.port, 'a', { url, ...files });
    const statuses: unknown[] = [];
    const fleet = async () => {
      const status = await weir.status();
      statuses.push(status);
      return status.fleet;
    };
    await eventually(async () => expect((await fleet())?.obstacle).toMatch(given.reason));
    const said = weir.lines.find(({ message }) => message.includes('store does not answer'));
    expect(said).toMatchObject({ level: 'warn', fields: { reason: expect.stringMatching(given.reason) } });
    expect((await ask(weir.traffic)).text).toBe('stable');
    await given.mend(redis, files);
    await eventually(async () => expect(await fleet()).toMatchObject({ connected: true, obstacle: null }));
    expect(JSON.stringify([weir.lines, statuses])).not.toMatch(/the-first-secret|a-wrong-secret/);
  });
});
