import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addTokenVerb } from '../../src/cli/token-verb.ts';
import { readTokens } from '../../src/config/tokens.ts';
import { systemClock } from '../../src/support/clock.ts';
import { sha256Of } from '../../src/support/token.ts';
import { temporaryDirectory } from '../sidecar/settings.ts';

async function weir(...argv: string[]) {
  let [out, error, code] = ['', '', 0];
  const write = { out: (text: string) => void (out += text), error: (text: string) => void (error += text) };
  const program = new Command('weir').exitOverride().configureOutput({ writeErr: write.error, writeOut: write.out });
  addTokenVerb(program, { environment: {}, end: (ended) => (code = ended) }, write);
  await program.parseAsync(['node', 'weir', 'token', ...argv]).catch(() => (code = 2));
  return { out, error, code };
}

const tokensFile = () => join(temporaryDirectory(), 'tokens.jsonl');
const recordsIn = (file: string) => {
  const result = readTokens(readFileSync(file, 'utf8'), file);
  return 'tokens' in result ? result.tokens : result.mistakes;
};
const create = (file: string, ...more: string[]) =>
  weir('create', '--role', 'operator', '--name', 'ci', '--file', file, ...more);

describe('weir token create', () => {
  it('prints the token alone, and keeps only its hash, in a file for its owner', async () => {
    const file = tokensFile();
    const { out, code } = await create(file);
    expect(code).toBe(0);
    expect(out).toMatch(/^weir_[0-9a-f]{12}_[0-9a-f]{64}\n$/);
    const token = out.trim();
    expect(recordsIn(file)).toMatchObject([{ name: 'ci', role: 'operator', sha256: sha256Of(token).toString('hex') }]);
    expect(readFileSync(file, 'utf8')).not.toContain(token.split('_')[2]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('makes no two that are alike', async () => {
    const file = tokensFile();
    const made = new Set([(await create(file)).out, (await create(file)).out]);
    expect(made.size).toBe(2);
  });

  it.each([
    [['--ttl', '10m'], 600_000],
    [['--once'], 24 * 3_600_000],
    [['--once', '--ttl', '1m'], 60_000],
  ])('lets it expire with %j', async (options, ttlMs) => {
    const file = tokensFile();
    const beforeMs = systemClock.wallMs();
    await create(file, ...options);
    const [record] = recordsIn(file);
    const { expiresAtMs, once } = record as { expiresAtMs: number; once: boolean };
    expect(once).toBe(options.includes('--once'));
    expect(expiresAtMs - beforeMs).toBeGreaterThanOrEqual(ttlMs);
    expect(expiresAtMs - systemClock.wallMs()).toBeLessThanOrEqual(ttlMs);
  });

  it('loses none of many that are made at once', async () => {
    const file = tokensFile();
    await Promise.all(Array.from({ length: 20 }, () => create(file)));
    expect(recordsIn(file)).toHaveLength(20);
  });

  it('begins a line of its own behind one that has no end', async () => {
    const file = tokensFile();
    await create(file);
    writeFileSync(file, readFileSync(file, 'utf8').trimEnd());
    await create(file);
    expect(recordsIn(file)).toHaveLength(2);
  });

  it('adds nothing to a file with mistakes, and prints no token', async () => {
    const file = tokensFile();
    await create(file);
    appendFileSync(file, '{"id": "01');
    const before = readFileSync(file, 'utf8');
    expect(await create(file)).toMatchObject({
      code: 1,
      out: '',
      error: expect.stringContaining(`${file}:2: expected`),
    });
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('finds the file by the configuration, also when it is not there yet', async () => {
    const [file, config] = [tokensFile(), join(temporaryDirectory(), 'weir.yaml')];
    writeFileSync(config, `service: a\nstable: { version: v1, url: "http://a" }\nadmin: { tokensFile: ${file} }\n`);
    expect(await weir('create', '--role', 'viewer', '--name', 'bob', '--config', config)).toMatchObject({ code: 0 });
    expect(existsSync(file)).toBe(true);
  });

  it('says so when the configuration names none', async () => {
    const config = join(temporaryDirectory(), 'weir.yaml');
    writeFileSync(config, 'service: a\nstable: { version: v1, url: "http://a" }\n');
    const ended = await weir('list', '--config', config);
    expect(ended).toMatchObject({ code: 64, error: expect.stringContaining('admin.tokensFile: expected') });
  });

  it.each([
    ['a role that there is not', ['--role', 'admin', '--name', 'ci']],
    ['no role', ['--name', 'ci']],
    ['no name', ['--role', 'viewer']],
    ["a name that is Weir's own", ['--role', 'viewer', '--name', 'Guard']],
    ['a name with a line feed', ['--role', 'viewer', '--name', 'a\nb']],
    ['a time without its unit', ['--role', 'viewer', '--name', 'ci', '--ttl', '10']],
  ])('refuses %s', async (_name, options) => {
    const file = tokensFile();
    expect(await weir('create', '--file', file, ...options)).toMatchObject({ code: 2, out: '' });
    expect(existsSync(file)).toBe(false);
  });

  it('refuses to guess the file', async () => {
    expect(await weir('create', '--role', 'viewer', '--name', 'ci')).toMatchObject({ code: 2, out: '' });
    const both = await weir(
      'create',
      '--role',
      'viewer',
      '--name',
      'ci',
      '--file',
      tokensFile(),
      '--config',
      'weir.yaml',
    );
    expect(both).toMatchObject({ code: 2, out: '', error: expect.stringContaining('got both') });
  });

  it('says which file cannot be written', async () => {
    const file = join(temporaryDirectory(), 'no-such-folder', 'tokens.jsonl');
    const { code, out, error } = await create(file);
    expect([code, out]).toEqual([1, '']);
    expect(error).toMatch(new RegExp(`^${file} cannot be written: ENOENT`));
  });
});

describe('weir token list and revoke', () => {
  it('show what there is, without a secret, and take one out', async () => {
    const file = tokensFile();
    const token = (await create(file)).out.trim();
    await create(file, '--once');
    const [, id, secret] = token.split('_');
    const { out } = await weir('list', '--file', file);
    expect(out).toMatch(new RegExp(`${id} +operator +ci +never`));
    expect(out).not.toContain(secret);
    expect((await weir('revoke', id!, '--file', file)).code).toBe(0);
    const listed: unknown = JSON.parse((await weir('list', '--output', 'json', '--file', file)).out);
    expect(listed).toMatchObject({ tokens: [{ name: 'ci', once: true, expired: false }] });
    expect((await weir('revoke', id!, '--file', file)).code).toBe(1);
  });

  it('take a file that is not there for a mistyped one', async () => {
    const file = tokensFile();
    const error = `${file}: expected a file of tokens, but it does not exist\n`;
    expect(await weir('list', '--file', file)).toEqual({ code: 1, out: '', error });
    expect(await weir('revoke', '0123456789ab', '--file', file)).toEqual({ code: 1, out: '', error });
  });

  it('answer as one JSON document each, and so does what stands in the way', async () => {
    const file = tokensFile();
    const made: unknown = JSON.parse((await create(file, '--once', '-o', 'json')).out);
    const [{ id }] = recordsIn(file) as unknown as [{ id: string }];
    expect(made).toMatchObject({ id, token: expect.stringContaining(`weir_${id}_`), role: 'operator', once: true });
    const { token } = made as { token: string };
    const pasted = await weir('revoke', token, '--file', file, '-o', 'json');
    expect([pasted.code, pasted.out]).toEqual([1, '']);
    expect(JSON.parse(pasted.error)).toMatchObject({ detail: expect.stringContaining(`got "weir_${id}_…"`) });
    expect(await weir('revoke', id, '--file', file, '-o', 'json')).toEqual({
      code: 0,
      out: `{"revoked":"${id}"}\n`,
      error: '',
    });
    const none = await weir('list', '-o', 'json');
    expect(none.code).toBe(2);
    expect(JSON.parse(none.error)).toMatchObject({ detail: 'expected --file FILE or --config FILE, got neither' });
  });
});
