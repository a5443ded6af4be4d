import { describe, expect, it } from 'vitest';
import { Framing } from '../../../src/traffic/wire/head.ts';
import { seededRandom } from '../../../src/support/random.ts';
import { facts, passAnswer, passRequest } from './collecting.ts';
import { type Reading, readByLlhttp } from './llhttp.ts';
import { createMessages } from './messages.ts';

/** Fields that Weir drops, adds or writes anew. */
const TOUCHED =
  /^(?:connection|keep-alive|proxy-connection|te|upgrade|transfer-encoding|content-length|host|via|expect|trace.*|x-forwarded-.*|x-weir-.*):/;

/** What must be the same before and behind Weir, except for fields of these names. */
const comparable = ({ line, fields, body }: Reading, nominated: readonly string[]) => ({
  line: line.replace(/ https?:\/\/h/, ' '),
  fields: fields.filter((field) => !TOUCHED.test(field) && !nominated.includes(field.slice(0, field.indexOf(':')))),
  body,
});

const nominatedIn = ({ fields }: Reading) =>
  fields
    .filter((field) => field.startsWith('connection:'))
    .flatMap((field) => field.slice('connection:'.length).toLowerCase().split(','))
    .map((option) => option.trim());

/** Compares one message that Weir lets pass with what llhttp makes of it, before and behind Weir. */
function compare(text: string, kind: 'request' | 'answer', forwarded: string, toHead: boolean): void {
  const before = readByLlhttp(text, kind, toHead);
  // llhttp knows a list of methods; every other token is one to us.
  if (before.error === 'HPE_INVALID_METHOD' && before.first === null) return;
  const what = JSON.stringify(text);
  expect(before.first, `${before.error} ${what}`).not.toBeNull();
  // After a change of protocol nothing is HTTP any more.
  if (before.first!.upgrade) return;
  const behind = readByLlhttp(forwarded, kind, toHead);
  expect(behind, what).toMatchObject({ error: '', messages: 1 });
  const nominated = nominatedIn(before.first!);
  expect(comparable(behind.first!, nominated), what).toEqual(comparable(before.first!, nominated));
  if (kind === 'answer') return;
  expect(behind.first!.complete, what).toBe(before.first!.complete);
  expect(behind.first!.fields.filter((field) => field.startsWith('host:'))).toHaveLength(1);
  const framings = behind.first!.fields.filter((field) => /^(?:content-length|transfer-encoding):/.test(field));
  expect(framings.length).toBeLessThanOrEqual(1);
}

describe('what passes is read by llhttp as we read it, before and behind', () => {
  it.each([1, 2, 3])('in requests, seed %d', (seed) => {
    const next = createMessages(seededRandom(seed));
    let passed = 0;
    for (let round = 0; round < 8000; round++) {
      const text = next('request');
      const { fault, head, body } = passRequest([text]);
      if (fault !== '' || head === '') continue;
      passed++;
      compare(text, 'request', head + body, false);
    }
    expect(passed).toBeGreaterThan(1000);
  });

  it.each([4, 5, 6])('in answers, seed %d', (seed) => {
    const random = seededRandom(seed);
    const next = createMessages(random);
    let passed = 0;
    for (let round = 0; round < 8000; round++) {
      const text = next('answer');
      const client = { minorVersion: random() < 0.5 ? 0 : 1, toHead: random() < 0.2 };
      const { fault, head, body } = passAnswer([text], client);
      // A body that becomes chunked on the way is wrapped by the connection, not here.
      const wrapped = facts.framing === Framing.untilClose && client.minorVersion === 1;
      if (fault !== '' || head === '' || wrapped) continue;
      passed++;
      compare(text, 'answer', head + body, client.toHead);
    }
    expect(passed).toBeGreaterThan(1000);
  });
});
