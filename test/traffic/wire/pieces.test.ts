import { describe, expect, it } from 'vitest';
import { isAuthority } from '../../../src/traffic/wire/authority.ts';
import { FAULT_CODES, FAULT_MESSAGES, FAULT_STATUS, Fault } from '../../../src/traffic/wire/fault.ts';
import { localAnswer } from '../../../src/traffic/wire/local-answer.ts';
import {
  ANSWER_NAMES,
  Name,
  type NameTable,
  REQUEST_NAMES,
  createNameTable,
  entryAt,
} from '../../../src/traffic/wire/names.ts';
import { LAST_CHUNK, writeChunkStart, writeDecimal } from '../../../src/traffic/wire/writing.ts';
import { findRequestEnd } from '../../../src/traffic/wire/head-end.ts';
import { HeadFacts } from '../../../src/traffic/wire/head.ts';
import { scanRequest } from '../../../src/traffic/wire/request-head.ts';
import { RequestAdditions, requestRoom, writeRequest } from '../../../src/traffic/wire/write-request.ts';
import { facts, headOf, passAnswer } from './collecting.ts';

const nameOf = (table: NameTable, text: string) => table.names[entryAt(table, Buffer.from(text), 0, text.length)];

describe('the table of names', () => {
  it.each([
    ['requests', REQUEST_NAMES],
    ['answers', ANSWER_NAMES],
  ])('knows every name of %s in any case, and none that only looks like one', (_, entries) => {
    const table = createNameTable(entries);
    for (const [text, name] of entries) {
      expect(nameOf(table, text)).toBe(name);
      expect(nameOf(table, text.toUpperCase())).toBe(name);
      for (let index = 0; index < text.length; index++) {
        expect(nameOf(table, `${text.slice(0, index)}~${text.slice(index + 1)}`)).toBe(Name.other);
      }
      expect(nameOf(table, `${text}s`)).toBe(Name.other);
    }
  });

  it('watches names of its own and names it knows already', () => {
    const table = createNameTable(REQUEST_NAMES, ['Cookie', 'X-Mine']);
    const watchOf = (text: string) => table.watched[entryAt(table, Buffer.from(text), 0, text.length)];
    expect([watchOf('cookie'), watchOf('x-mine'), watchOf('host')]).toEqual([1, 2, 0]);
    expect(nameOf(table, 'cookie')).toBe(Name.cookie);
    expect(createNameTable(REQUEST_NAMES, ['', '']).texts).toHaveLength(REQUEST_NAMES.length + 1);
  });
});

describe('the catalogue of faults', () => {
  it('has one row a number, in order, with a code of its own', () => {
    expect(Object.values(Fault)).toEqual(FAULT_CODES.map((_, index) => index));
    expect(new Set(FAULT_CODES).size).toBe(FAULT_CODES.length);
    const codes = Object.keys(Fault).map((name) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    expect(FAULT_CODES).toEqual(codes);
  });

  it('is answered in a form that is itself a valid answer', () => {
    for (const fault of Object.values(Fault)) {
      if (fault === Fault.none) continue;
      const code = FAULT_CODES[fault]!;
      const answer = localAnswer(fault, true, false, Buffer.from('date: now\r\n')).toString('latin1');
      const passed = passAnswer([answer]);
      expect(passed).toMatchObject({ fault: '', over: true, surplus: '' });
      expect(facts).toMatchObject({ status: FAULT_STATUS[fault], persistent: false });
      expect(JSON.parse(passed.body)).toEqual({ error: { code, message: FAULT_MESSAGES[fault] } });
      expect(answer).toContain(`\r\nx-weir-error: ${code}\r\n`);
      expect(answer).toContain('date: now\r\nconnection: close\r\n\r\n');
      expect(answer).not.toMatch(/^HTTP\/1\.1 \d{3} \r/);
    }
  });

  it('is answered without a body to HEAD, and keeps the connection when told so', () => {
    const answer = localAnswer(Fault.upstreamBusy, false, true).toString('latin1');
    expect(answer).toMatch(
      /^HTTP\/1\.1 503 Service Unavailable\r\n[\s\S]*retry-after: 1\r\n[\s\S]*keep-alive\r\n\r\n$/,
    );
    expect(localAnswer(Fault.traceNotAllowed, true).toString('latin1')).toContain('\r\nallow: GET, HEAD');
  });
});

describe('a wish to upgrade', () => {
  const names = createNameTable(REQUEST_NAMES);
  const headFacts = new HeadFacts(40);
  const additions = new RequestAdditions();
  additions.upgrade = true;

  const written = (...lines: string[]) => {
    const bytes = Buffer.from(headOf('GET / HTTP/1.1', 'Host: a', 'Connection: upgrade, te', ...lines));
    expect(scanRequest(bytes, 0, bytes.length, headFacts, names)).toBe(Fault.none);
    const output = Buffer.alloc(requestRoom(headFacts, additions));
    return output.toString('latin1', 0, writeRequest(output, 0, bytes, headFacts, additions));
  };

  it('goes on when the connection wants it to', () => {
    expect(written('Upgrade: websocket')).toMatch(/\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n$/);
    expect(written('Upgrade: a/1, b', 'TE: trailers')).toMatch(
      /\r\nte: trailers\r\nconnection: upgrade, te\r\nupgrade: a\/1, b\r\n\r\n$/,
    );
    expect(written('Upgrade: h2c')).not.toMatch(/upgrade/i);
  });

  it('finds room beside everything else that can be added', () => {
    const addresses = Array.from({ length: 16 }, () => 'X-Forwarded-For:1');
    const head = written('Upgrade: x', 'TE: trailers', 'Content-Length: 9007199254740991', ...addresses);
    expect(head).toMatch(/upgrade: x\r\n\r\n$/);
  });
});

describe('a head that drips', () => {
  it.each([
    ['in fields', `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(300)}`],
    ['in its target', `GET /${'a'.repeat(2000)}`],
  ])('%s costs a bounded look a byte', (_, text) => {
    let looks = 0;
    const bytes = new Proxy(Buffer.from(text), {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks++;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    for (let end = 1; end <= text.length; end++) expect(findRequestEnd(bytes, 0, end - 1, end, 4096)).toBe(0);
    expect(looks).toBeLessThan(20 * text.length);
  });
});

describe('numbers', () => {
  const output = Buffer.alloc(32);

  it.each([0, 7, 10, 99, 100, 65_536, 4_294_967_296, Number.MAX_SAFE_INTEGER])('%d is written in digits', (value) => {
    expect(output.toString('latin1', 3, writeDecimal(output, 3, value))).toBe(String(value));
    if (value === 0) return;
    expect(output.toString('latin1', 3, writeChunkStart(output, 3, value))).toBe(`${value.toString(16)}\r\n`);
  });

  it('end a body with the chunk of size 0', () => {
    expect(LAST_CHUNK.toString()).toBe('0\r\n\r\n');
  });
});

describe('an authority', () => {
  it('is looked for only where it is said to be', () => {
    const bytes = Buffer.from('x[::1]:80y');
    for (let end = 1; end <= bytes.length; end++) {
      expect(isAuthority(bytes, 1, end)).toBe(
        ['[::1]', '[::1]:', '[::1]:8', '[::1]:80'].includes(bytes.toString('latin1', 1, end)),
      );
    }
  });
});
