import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatMistake, loadText, readConfig } from '../../src/config/load.ts';
import { configText, temporaryDirectory } from '../sidecar/settings.ts';
import { mistakesWith } from './mistakes-with.ts';

const textWith = (webhooks: unknown) => configText({ stable: 'http://127.0.0.1:3000', more: { webhooks } });
const URL = 'https://hooks.example/weir';

describe('a webhook', () => {
  it('is told of everything, unsigned, as JSON, unless the file says otherwise', () => {
    const events = ['rollback', 'breaker', 'promoted', 'started', 'config-refused'];
    expect(readConfig(textWith([{ url: URL }]), '')).toHaveProperty('config.webhooks', [
      { url: URL, events, secretFile: null, format: 'json' },
    ]);
    const other = { url: URL, events: ['breaker'], secretFile: '/s', format: 'teams' };
    expect(readConfig(textWith([other]), '')).toHaveProperty('config.webhooks', [other]);
  });

  it.each([
    ['an event that is none', '[{ url: "https://h/x", events: [rolback] }]', 'webhooks[0].events[0]: expected one of'],
    [
      'a format that is none',
      '[{ url: "https://h/x", format: html }]',
      'webhooks[0].format: expected one of json, slack, teams, got "html"',
    ],
    ['a receiver without an address', '[{ format: json }]', 'webhooks[0].url: expected a URL'],
  ])('may not have %s', (_what, webhooks, mistake) => {
    expect(mistakesWith({ webhooks })).toEqual([expect.stringContaining(mistake)]);
  });

  it.each([
    '[{ url: "ftp://hooks.example/hunter2" }]',
    '[{ url: "hooks.example/hunter2" }]',
    '[{ url: "https://user:hunter2@[::/" }]',
    '[{ url: https://hooks.example/hunter2 with spaces }]',
    '["https://hooks.example/hunter2"]',
    '[hooks.example/hunter2]',
    '[{ "https://hooks.example/hunter2": { format: json } }]',
    '{ url: "https://hooks.example/hunter2" }',
    'https://hooks.example/hunter2',
    '[[https://hooks.example/hunter2]]',
    '[{ uri: "https://hooks.example/hunter2" }]',
  ])('keeps its address out of the mistakes: %s', (webhooks) => {
    const mistakes = mistakesWith({ webhooks });
    expect(mistakes.length).toBeGreaterThan(0);
    expect(mistakes.join('\n')).not.toContain('hunter2');
  });

  it('needs a file of its secret that is there and not empty', async () => {
    const dir = temporaryDirectory();
    const [missing, empty, good] = ['missing', 'empty', 'good'].map((name) => join(dir, name));
    writeFileSync(empty!, '\n');
    writeFileSync(good!, 'secret\n');
    const webhooks = [missing, empty, good, dir].map((secretFile) => ({ url: URL, secretFile }));
    const text = JSON.stringify(JSON.parse(textWith(webhooks)), null, 1);
    const lineOf = (path = '') => text.split('\n').findIndex((line) => line.includes(`"secretFile": "${path}"`)) + 1;
    const result = await loadText(text, 'weir.json');
    expect('mistakes' in result && result.mistakes.map(formatMistake)).toEqual([
      `weir.json:${lineOf(missing)}: webhooks[0].secretFile: expected a file with a secret, but it does not exist: ${missing}`,
      `weir.json:${lineOf(empty)}: webhooks[1].secretFile: expected a secret in ${empty}, but it is empty`,
      `weir.json:${lineOf(dir)}: webhooks[3].secretFile: expected a file with a secret, got a directory: ${dir}`,
    ]);
  });
});
