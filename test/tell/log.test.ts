import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../src/tell/log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function setUp({ file = null, level = 'info' }: { file?: string | null; level?: string } = {}) {
  const lines: string[] = [];
  const log = createLog({ service: 'checkout', level, file, stdout: { write: (line) => lines.push(line) } });
  const read = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line));
  return { log, lines, read };
}

describe('the log', () => {
  it('writes one JSON line with level, time and service', () => {
    const { log, lines, read } = setUp();
    log.info({ phase: 'shifting' }, 'candidate at 5 %');
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(read()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        service: 'checkout',
        phase: 'shifting',
        msg: 'candidate at 5 %',
      },
    ]);
  });

  it('writes nothing that a terminal would obey, and says the same', () => {
    const { log, lines, read } = setUp();
    const text = 'a\u001b[31m\u009b31m\u2028\u202e\u061c\u007fb';
    log.info({ text }, text);
    expect(lines[0]).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Bidi_Control}]/u);
    expect(read()).toMatchObject([{ text, msg: text }]);
  });

  it('puts its labels into every line', () => {
    const lines: string[] = [];
    const stdout = { write: (line: string) => lines.push(line) };
    const log = createLog({ service: 'checkout', labels: { pod: 'checkout-7d9f' }, level: 'info', file: null, stdout });
    log.warn({ phase: 'shifting' }, 'a');
    expect(JSON.parse(lines[0]!)).toMatchObject({ service: 'checkout', pod: 'checkout-7d9f', phase: 'shifting' });
  });

  it('keeps to its level', () => {
    const { log, read } = setUp({ level: 'warn' });
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    log.error({}, 'd');
    expect(read().map(({ level, msg }) => [level, msg])).toEqual([
      ['warn', 'c'],
      ['error', 'd'],
    ]);
  });

  it('writes what is below info too, when asked to', () => {
    const { log, read } = setUp({ level: 'debug' });
    log.debug({}, 'a');
    expect(read()).toHaveLength(1);
  });

  it('keeps a text with line breaks on its line, so that nobody can write a line of his own', () => {
    const { log, lines, read } = setUp();
    log.warn({ reason: 'a\n{"level":"info","msg":"all is well"}' }, 'b\r\nc');
    expect(lines.map((line) => line.split('\n').length)).toEqual([2]);
    expect(read()[0]).toMatchObject({ reason: 'a\n{"level":"info","msg":"all is well"}', msg: 'b\r\nc' });
  });

  it('never writes a secret, at whatever depth it hides', () => {
    const { log, lines } = setUp();
    const secret = 's3cr3t';
    log.info({ token: secret, password: secret, secret, authorization: secret, apiKey: secret }, 'a');
    log.info({ headers: { authorization: secret, cookie: secret, 'set-cookie': secret } }, 'b');
    log.info({ request: { headers: { authorization: secret, 'set-cookie': secret } }, 'set-cookie': secret }, 'c');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain(secret);
  });

  it('writes of an error what people need, and nothing it carries along', () => {
    const { log, lines, read } = setUp();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const error = Object.assign(new Error('webhook failed', { cause }), {
      config: { headers: { 'x-auth': 's3cr3t' } },
    });
    log.error({ error }, 'a');
    expect(lines.join('')).not.toContain('s3cr3t');
    expect(read()[0]).toMatchObject({
      error: { type: 'Error', message: 'webhook failed', cause: { message: 'refused', code: 'ECONNREFUSED' } },
    });
  });

  it('writes an error whose causes go round in a circle', () => {
    const { log, read } = setUp();
    const error = new Error('round');
    error.cause = error;
    log.error({ error }, 'a');
    expect(read()).toHaveLength(1);
  });

  it('cannot be made to write two lines at once', () => {
    const { log, lines } = setUp();
    log.info({ reason: 'x\n{"level":"error"}' }, 'a\r\nb');
    expect(lines.join('').trim().split('\n')).toHaveLength(1);
  });
});

describe('the log file', () => {
  it('gets the same lines, after those it already has, in a folder that is made for it', () => {
    const file = join(folder, 'logs', 'weir.log');
    setUp({ file }).log.info({}, 'before');
    const { log, lines } = setUp({ file });
    log.info({}, 'after');
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
    expect(readFileSync(file, 'utf8')).toContain(lines[0]);
    expect(statSync(file).mode & 0o007).toBe(0);
  });

  it('that cannot be opened is reported once, and standard output goes on', () => {
    writeFileSync(join(folder, 'occupied'), '');
    const { log, read } = setUp({ file: join(folder, 'occupied', 'weir.log') });
    log.info({}, 'a');
    log.info({}, 'b');
    expect(read().map(({ msg }) => msg)).toEqual([
      'the log file cannot be written; going on with standard output alone',
      'a',
      'b',
    ]);
    expect(read()[0]).toMatchObject({ level: 'error', error: { code: expect.stringMatching(/^E/) } });
  });

  it('that breaks later is reported then, and used again when it can be', () => {
    const home = join(folder, 'logs');
    const file = join(home, 'weir.log');
    const { log, read } = setUp({ file });
    renameSync(home, `${home}-away`);
    log.info({}, 'a');
    log.info({}, 'b');
    renameSync(`${home}-away`, home);
    log.info({}, 'c');
    expect(read().filter(({ level }) => level === 'error')).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).toContain('"msg":"c"');
  });

  it('that was rotated away begins anew', () => {
    const file = join(folder, 'weir.log');
    const { log } = setUp({ file });
    log.info({}, 'a');
    renameSync(file, `${file}.1`);
    log.info({}, 'b');
    expect(readFileSync(file, 'utf8')).toMatch(/^[^\n]*"msg":"b"[^\n]*\n$/);
  });
});
