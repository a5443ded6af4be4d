import { describe, expect, it } from 'vitest';
import { FLUSH } from '../../src/fleet/redis/flush-script.ts';
import { PROPOSE } from '../../src/fleet/redis/propose-script.ts';
import { differences } from '../markdown.ts';
import { ACL_RULES } from './acl.ts';
import { OWN_CALLS, SCRIPT_CALLS } from './commands.ts';

const scripts = { FLUSH, PROPOSE };
const OLDEST = [6, 2];

/** Of each call of a script: its command, and every option in it that is written out in capitals. */
function callsIn(lua: string): { command: string; options: string[] }[] {
  return [...lua.matchAll(/redis\.call\('([A-Z]+)'(?=([^\n]*))/g)].map(([, command, rest]) => ({
    command: command!,
    options: [...rest!.split("redis.call('")[0]!.matchAll(/'([A-Z]{2,})'/g)].map((match) => match[1]!),
  }));
}

const isOld = (since: string): boolean => {
  const [major = 0, minor = 0] = since.split('.').map(Number);
  return major < OLDEST[0]! || (major === OLDEST[0] && minor <= OLDEST[1]!);
};

describe('on Redis 6.2 and Valkey', () => {
  const used = Object.values(scripts).flatMap(callsIn);

  it('scripts call only commands that are there, with options that are there', () => {
    const names = new Set(
      used.flatMap(({ command, options }) => [command, ...options.map((one) => `${command} ${one}`)]),
    );
    expect(differences('test/fleet/commands.ts', Object.keys(SCRIPT_CALLS), 'called by a script', [...names])).toEqual(
      [],
    );
    expect(Object.entries(SCRIPT_CALLS).filter(([, since]) => !isOld(since))).toEqual([]);
  });

  it('clients send only commands that are there', () => {
    expect(Object.entries(OWN_CALLS).filter(([, since]) => !isOld(since))).toEqual([]);
  });

  it('scripts use no Lua but that of 5.1, and nothing of Redis but call', () => {
    for (const [name, lua] of Object.entries(scripts)) {
      const code = lua.replaceAll(/--[^\n]*/g, '').replaceAll(/'[^']*'/g, "''");
      // Integer division, bit operators and goto came later; shebangs and flags with Redis 7.
      expect(code, name).not.toMatch(/\/\/|<<|>>|&|\||~(?!=)|\bgoto\b|^#!/m);
      const libraries = new Set(
        [...code.matchAll(/\b(redis|string|table|math|bit|cjson|cmsgpack|struct|os)\.(\w+)/g)].map(([all]) => all),
      );
      expect(
        [...libraries].filter((one) => !LUA.has(one)),
        name,
      ).toEqual([]);
      const globals = [...code.matchAll(/(?<![.\w:])([a-z_]+)\(/g)].map((match) => match[1]!);
      const own = [...lua.matchAll(/\bfunction (\w+)\(/g)].map((match) => match[1]!);
      expect(
        globals.filter((one) => !own.includes(one) && !GLOBALS.has(one)),
        name,
      ).toEqual([]);
    }
  });

  it('scripts are told the name of every key', () => {
    // What a cluster asks for; a name that is put together would be found out only there.
    for (const lua of Object.values(scripts)) {
      for (const [, key] of lua.matchAll(/redis\.call\('(?!TIME|PUBLISH)[A-Z]+', ([^,)]+)/g)) {
        expect(key).toMatch(/^(?:KEYS\[\d+\]|[A-Z]+|sums|changes)$/);
      }
    }
  });

  it('the documented rights are those that are needed, and no others', () => {
    const needed = [...Object.keys(SCRIPT_CALLS), ...Object.keys(OWN_CALLS)]
      .filter((name) => !name.includes(' '))
      .map((name) => `+${name.toLowerCase()}`);
    const given = ACL_RULES.filter((rule) => rule.startsWith('+'));
    expect(differences('test/fleet/acl.ts', given, 'called', [...new Set(needed)])).toEqual([]);
  });
});

const LUA = new Set(['redis.call', 'string.format', 'string.match', 'math.floor', 'math.max']);
const GLOBALS = new Set(['tonumber', 'ipairs', 'unpack', 'function', 'if', 'and', 'or', 'not', 'in', 'return']);
